from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'base/deployment.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 2888)
    yield 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\nspec:\n  # Longer than the startup probe waits: a slow load is not a failed rollout.\n  progressDeadlineSeconds: 3900\n  selector:\n    matchLabels: &selector\n      app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n  strategy:\n    rollingUpdate:\n      # A new pod serves before an old one goes.\n      maxSurge: 1\n      maxUnavailable: 0\n  template:\n    metadata:\n      labels: *selector\n    spec:\n      serviceAccountName: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      automountServiceAccountToken: false\n      enableServiceLinks: false\n      # A server does not heed SIGTERM, and serves on until this time is over: it drains.\n      terminationGracePeriodSeconds: 60\n      topologySpreadConstraints:\n        - maxSkew: 1\n          topologyKey: kubernetes.io/hostname\n          whenUnsatisfiable: ScheduleAnyway\n          labelSelector:\n            matchLabels: *selector\n        - maxSkew: 1\n          topologyKey: topology.kubernetes.io/zone\n          whenUnsatisfiable: ScheduleAnyway\n          labelSelector:\n            matchLabels: *selector\n      securityContext:\n        runAsNonRoot: true\n        runAsUser: 10001\n        runAsGroup: 10001\n        fsGroup: 10001\n        # Changing the owner of every file of a large volume would take hours.\n        fsGroupChangePolicy: OnRootMismatch\n        seccompProfile:\n          type: RuntimeDefault\n      containers:\n        # The image, the arguments and the resources come from overlays/<env>/generated.\n        - name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield '\n          image: tensorflow/serving\n          ports:\n            - name: grpc\n              containerPort: 8500\n            - name: http\n              containerPort: 8501\n          # gRPC opens when every model is loaded: large models may take an hour.\n          startupProbe:\n            tcpSocket:\n              port: grpc\n            periodSeconds: 2\n            failureThreshold: 1800\n          readinessProbe:\n            tcpSocket:\n              port: grpc\n            periodSeconds: 5\n          livenessProbe:\n            tcpSocket:\n              port: grpc\n            periodSeconds: 20\n            timeoutSeconds: 5\n            failureThreshold: 6\n          securityContext:\n            allowPrivilegeEscalation: false\n            readOnlyRootFilesystem: true\n            capabilities:\n              drop: [ALL]\n          volumeMounts:\n            # Folders, never subPath: Kubernetes does not update a subPath.\n            - name: models-config\n              mountPath: /config/models\n              readOnly: true\n            - name: start-config\n              mountPath: /config/start\n              readOnly: true\n            - name: tmp\n              mountPath: /tmp\n      volumes:\n        - name: models-config\n          configMap:\n            name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'models')))
    yield '\n        - name: start-config\n          configMap:\n            name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'start')))
    yield '\n            optional: true\n        - name: tmp\n          emptyDir:\n            sizeLimit: 1Gi\n'

blocks = {}
debug_info = '1=12&4=14&10=16&20=18&47=20&88=22&91=24'
