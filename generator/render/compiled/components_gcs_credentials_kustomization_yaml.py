from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/gcs-credentials/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 809)
    yield "# Scaffolded once by tfs-gitops; yours from then on.\n# The volume itself, of the Secret that `source.credentialsSecret` names, comes from\n# overlays/<env>/generated. The Secret has a service account's key file under `key.json`.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target:\n      kind: Deployment\n      name: "
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      spec:\n        template:\n          spec:\n            containers:\n              - name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield '\n                env:\n                  - name: GOOGLE_APPLICATION_CREDENTIALS\n                    value: /config/gcs/key.json\n                volumeMounts:\n                  - name: gcs-credentials\n                    mountPath: /config/gcs\n                    readOnly: true\n'

blocks = {}
debug_info = '1=12&9=14&14=16&19=18'
