from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/verify/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    pass
    environment.call(context, environment.enter, 434)
    yield "# Scaffolded once by tfs-gitops; yours from then on.\n# A Job that waits until the pods serve the commit, so that Argo CD and Flux, and the commit status\n# that they post, say whether models are served: docs/verify.md. Its image is the agent's, which\n# components/agent names. Its arguments come from overlays/<env>/generated.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n  - job.yaml\n  - networkpolicy.yaml\n"

blocks = {}
debug_info = '1=11'
