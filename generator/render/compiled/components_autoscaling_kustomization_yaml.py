from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/autoscaling/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    pass
    environment.call(context, environment.enter, 158)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n  - horizontalpodautoscaler.yaml\n'

blocks = {}
debug_info = '1=11'
