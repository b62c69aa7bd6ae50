from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/monitoring/operator/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 494)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n  - servicemonitor.yaml\npatches:\n  - target:\n      kind: Deployment\n      name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    # A Prometheus that goes by annotations must not scrape a second time.\n    patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      spec:\n        template:\n          metadata:\n            annotations:\n              prometheus.io/scrape: "false"\n'

blocks = {}
debug_info = '1=12&9=14&15=16'
