from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/verify/job.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 2515)
    yield 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\n  labels:\n    app.kubernetes.io/component: verify\n    app.kubernetes.io/managed-by: tfs-gitops\n    app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\n    app.kubernetes.io/part-of: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n  annotations:\n    # Argo CD runs it at the end of each sync, when all else is healthy, and deletes the last one.\n    argocd.argoproj.io/hook: PostSync\n    argocd.argoproj.io/hook-delete-policy: BeforeHookCreation\n    # Flux runs it once for each commit that changes what is to be served: a Job cannot be changed, so the\n    # last one is deleted. A ttlSecondsAfterFinished would have Flux make it anew again and again.\n    kustomize.toolkit.fluxcd.io/force: enabled\nspec:\n  # A node that fails or drains is tried again; a verdict is final.\n  backoffLimit: 3\n  podFailurePolicy:\n    rules:\n      - action: Ignore\n        onPodConditions:\n          - type: DisruptionTarget\n            status: "True"\n      - action: FailJob\n        onExitCodes:\n          containerName: verify\n          operator: In\n          values: [2, 3, 10]\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/component: verify\n        app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\n        app.kubernetes.io/part-of: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    spec:\n      restartPolicy: Never\n      # It asks agents, and nobody else: no rights in the cluster\'s API.\n      automountServiceAccountToken: false\n      enableServiceLinks: false\n      securityContext:\n        runAsNonRoot: true\n        runAsUser: 10001\n        runAsGroup: 10001\n        seccompProfile:\n          type: RuntimeDefault\n      containers:\n        - name: verify\n          image: tfs-gitops\n          # The last lines are the verdict: `kubectl describe pod` shows them.\n          terminationMessagePolicy: FallbackToLogsOnError\n          # What it has read goes back at once: agents, or who answers in their place, may tell much.\n          env:\n            - {name: MALLOC_ARENA_MAX, value: "1"}\n            - {name: MALLOC_MMAP_THRESHOLD_, value: "131072"}\n          resources:\n            requests: {cpu: 50m, memory: 64Mi}\n            limits: {memory: 256Mi}\n          securityContext:\n            allowPrivilegeEscalation: false\n            readOnlyRootFilesystem: true\n            capabilities:\n              drop: [ALL]\n          volumeMounts:\n            - name: desired\n              mountPath: /config/desired\n              readOnly: true\n      volumes:\n        # What the commit says. Kustomize gives its name the hash of its content.\n        - name: desired\n          configMap:\n            name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\n'

blocks = {}
debug_info = '1=12&4=14&8=16&9=18&35=20&36=22&73=24'
