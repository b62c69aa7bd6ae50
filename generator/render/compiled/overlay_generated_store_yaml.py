from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'overlay/generated/store.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_volume = resolve('volume')
    try:
        t_1 = environment.filters['yaml']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'yaml' found.")
    pass
    environment.call(context, environment.enter, 60)
    yield '# Written by tfs-gitops; edits are undone by the next sync.\n'
    for l_1_manifest in environment.getattr((undefined(name='volume') if l_0_volume is missing else l_0_volume), 'manifests'):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
        yield '---\n'
        yield str(environment.finalize(context, t_1(l_1_manifest)))
        yield '\n'
    l_1_manifest = missing

blocks = {}
debug_info = '1=18&2=20&4=25'
