from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/monitoring/agent/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    pass
    environment.call(context, environment.enter, 235)
    yield "# Scaffolded once by tfs-gitops; yours from then on.\n# The agents' metrics, for the Prometheus Operator: their port is no port of the Service.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n  - podmonitor.yaml\n"

blocks = {}
debug_info = '1=11'
