from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/agent/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 3540)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\n# The agent runs beside each server: it steps from what is served to what is wanted, and is the\n# readiness of the pod. With `access: pull` it also downloads what Git names: see download/. Its\n# arguments and credentials come from overlays/<env>/generated. Build its image with the\n# Dockerfile of tfs-gitops, push it to your registry, and name it here.\n# It needs Kubernetes 1.29: an older one drops its restartPolicy, and waits for the agent to end.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n  - name: tfs-gitops\n    newName: tfs-gitops\n    newTag: "0.1.0"\npatches:\n  - target:\n      kind: Deployment\n      name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      spec:\n        template:\n          spec:\n            initContainers:\n              # A native sidecar: the server starts when the first config is written. When the pod\n              # ends, Kubernetes stops the server first, and the agent after it.\n              - name: agent\n                image: tfs-gitops\n                restartPolicy: Always\n                ports:\n                  - name: agent\n                    containerPort: 9090\n                # Alive when a config is written: the first models may be large.\n                startupProbe:\n                  httpGet: {path: /healthz, port: agent}\n                  periodSeconds: 1\n                  failureThreshold: 3600\n                livenessProbe:\n                  httpGet: {path: /healthz, port: agent}\n                  periodSeconds: 20\n                  failureThreshold: 3\n                readinessProbe:\n                  httpGet: {path: /readyz, port: agent}\n                  periodSeconds: 2\n                  failureThreshold: 5\n                resources:\n                  requests: {cpu: 100m, memory: 128Mi}\n                  limits: {memory: 512Mi}\n                securityContext:\n                  allowPrivilegeEscalation: false\n                  readOnlyRootFilesystem: true\n                  capabilities:\n                    drop: [ALL]\n                volumeMounts:\n                  - name: desired\n                    mountPath: /config/desired\n                    readOnly: true\n                  - name: served\n                    mountPath: /config/served\n                  - name: agent-tmp\n                    mountPath: /tmp\n            containers:\n              - name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield '\n                volumeMounts:\n                  - name: served\n                    mountPath: /config/served\n                    readOnly: true\n            volumes:\n              - name: desired\n                projected:\n                  sources:\n                    - configMap:\n                        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'models')))
    yield '\n                    - configMap:\n                        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'lock')))
    yield '\n              - name: served\n                emptyDir:\n                  sizeLimit: 16Mi\n              - name: agent-tmp\n                emptyDir:\n                  sizeLimit: 64Mi\n  # The agent tells what is served and why not: to pods of its namespace, and to who collects\n  # metrics. `serving.networkPolicy.monitoring` of an environment names other labels.\n  - target:\n      kind: NetworkPolicy\n      name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    patch: |-\n      - op: add\n        path: /spec/ingress/-\n        value:\n          from:\n            - podSelector: {}\n            - namespaceSelector:\n                matchLabels:\n                  kubernetes.io/metadata.name: monitoring\n          ports:\n            - port: 9090\n'

blocks = {}
debug_info = '1=12&16=14&21=16&64=18&74=20&76=22&87=24'
