from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'base/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 447)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - deployment.yaml\n  - service.yaml\n  - serviceaccount.yaml\n  - poddisruptionbudget.yaml\n  - networkpolicy.yaml\nlabels:\n  - pairs:\n      app.kubernetes.io/component: model-server\n      app.kubernetes.io/managed-by: tfs-gitops\n      app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      app.kubernetes.io/part-of: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    includeTemplates: true\n'

blocks = {}
debug_info = '1=12&14=14&15=16'
