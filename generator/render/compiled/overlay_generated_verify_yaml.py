from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'overlay/generated/verify.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    l_0_verify = resolve('verify')
    try:
        t_1 = environment.filters['yaml']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'yaml' found.")
    pass
    environment.call(context, environment.enter, 335)
    yield '# Written by tfs-gitops; edits are undone by the next sync.\n# How the Job asks the agents; which commit it asks for, a ConfigMap says.\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
    yield '\nspec:\n  # Also where its pod does not start.\n  activeDeadlineSeconds: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='verify') if l_0_verify is missing else l_0_verify), 'deadline')))
    yield '\n  template:\n    spec:\n      containers:\n        - name: verify\n          args:\n'
    for l_1_argument in environment.getattr((undefined(name='verify') if l_0_verify is missing else l_0_verify), 'arguments'):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 15, _loop_vars=_loop_vars)
        yield '            - '
        yield str(environment.finalize(context, t_1(l_1_argument)))
        yield '\n'
    l_1_argument = missing

blocks = {}
debug_info = '1=19&6=21&9=23&15=25&16=30'
