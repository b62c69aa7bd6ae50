from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/verify/networkpolicy.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 641)
    yield 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\n  labels:\n    app.kubernetes.io/component: verify\n    app.kubernetes.io/managed-by: tfs-gitops\n    app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\n    app.kubernetes.io/part-of: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\nspec:\n  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\n  # Nobody asks it; it asks the agents, and who knows their addresses.\n  policyTypes: [Ingress, Egress]\n  egress:\n    - ports:\n        - port: 53\n          protocol: UDP\n        - port: 53\n          protocol: TCP\n    - to:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n      ports:\n        - port: 9090\n'

blocks = {}
debug_info = '1=12&4=14&8=16&9=18&13=20&25=22'
