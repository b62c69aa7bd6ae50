from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/tls/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 1126)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\n# The volume itself, of the Secret that `tls.secretName` names, comes from\n# overlays/<env>/generated. A server wants key and certificate inside one file, so the Secret\n# has that file under `ssl.config`. From PEM files:\n#\n#   pem() { printf \'%s: "\' "$1"; awk \'{printf "%s\\\\n", $0}\' "$2"; echo \'"\'; }\n#   { pem server_key tls.key; pem server_cert tls.crt; } > ssl.config\n#   kubectl --namespace NAMESPACE create secret generic NAME --from-file=ssl.config\n#\n# To ask clients for a certificate: { pem custom_ca ca.crt; echo \'client_verify: true\'; }\n# A server reads the file when it starts: after a renewal, restart the Deployment.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target:\n      kind: Deployment\n      name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      spec:\n        template:\n          spec:\n            containers:\n              - name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield '\n                volumeMounts:\n                  - name: tls\n                    mountPath: /config/tls\n                    readOnly: true\n'

blocks = {}
debug_info = '1=12&17=14&22=16&27=18'
