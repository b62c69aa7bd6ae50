from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/gpu/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 1270)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\n# The number of GPUs, the image and the node selector come from overlays/<env>/generated.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target:\n      kind: Deployment\n      name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata:\n        name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      spec:\n        # A rollout needs one more GPU for a while. Where there is none, the new pod waits and\n        # the old ones serve on; to roll within the GPUs you have, at the price of capacity:\n        # strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}\n        template:\n          spec:\n            # `gpu.tolerations` of an environment take the place of these.\n            tolerations:\n              - key: nvidia.com/gpu\n                operator: Exists\n                effect: NoSchedule\n            containers:\n              - name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield '\n                env:\n                  # CUDA keeps compiled kernels in the home folder, which is read-only here.\n                  - name: CUDA_CACHE_PATH\n                    value: /tmp/cuda\n                  # Of the volume, which is 1 GiB: a pod that fills it is evicted.\n                  - name: CUDA_CACHE_MAXSIZE\n                    value: "268435456"\n'

blocks = {}
debug_info = '1=12&8=14&13=16&26=18'
