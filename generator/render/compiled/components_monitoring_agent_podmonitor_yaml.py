from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/monitoring/agent/podmonitor.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 476)
    yield 'apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata:\n  name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '-agent\n  labels:\n    app.kubernetes.io/component: model-server\n    app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    app.kubernetes.io/part-of: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\nspec:\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n  podMetricsEndpoints:\n    - port: agent\n      path: /metrics\n      interval: 30s\n      relabelings:\n        # The job that rules.yaml and scrape.yaml name.\n        - targetLabel: job\n          replacement: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '-agent\n'

blocks = {}
debug_info = '1=12&4=14&7=16&8=18&12=20&20=22'
