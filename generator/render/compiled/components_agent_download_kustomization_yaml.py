from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/agent/download/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 827)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\n# Where the agent puts what it downloads, and the server finds it. The volume itself, which\n# `source.pull` of an environment describes, comes from overlays/<env>/generated.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target:\n      kind: Deployment\n      name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      spec:\n        template:\n          spec:\n            initContainers:\n              - name: agent\n                volumeMounts:\n                  - name: models\n                    mountPath: /models\n            containers:\n              - name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield '\n                volumeMounts:\n                  - name: models\n                    mountPath: /models\n                    readOnly: true\n'

blocks = {}
debug_info = '1=12&9=14&14=16&24=18'
