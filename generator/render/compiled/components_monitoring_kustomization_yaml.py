from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/monitoring/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 763)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\n# scrape.yaml and rules.yaml beside this file are for a Prometheus without the operator:\n# list them in its `scrape_config_files` and `rule_files`. Kustomize does not read them.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target:\n      kind: Deployment\n      name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield "\n    # prometheus.io/path comes from overlays/<env>/generated. Annotations have room for one port,\n    # the server's: scrape.yaml finds the agent's by its name.\n    patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: "
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      spec:\n        template:\n          metadata:\n            annotations:\n              prometheus.io/scrape: "true"\n              prometheus.io/port: "8501"\n'

blocks = {}
debug_info = '1=12&9=14&16=16'
