from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'report/commit.txt'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_subject = resolve('subject')
    l_0_lines = resolve('lines')
    l_0_plan = resolve('plan')
    l_0_changes = resolve('changes')
    l_0_indexes = resolve('indexes')
    l_0_asked = resolve('asked')
    l_0_override = resolve('override')
    l_0_digest = resolve('digest')
    pass
    environment.call(context, environment.enter, 55)
    yield str(environment.finalize(context, (undefined(name='subject') if l_0_subject is missing else l_0_subject)))
    yield '\n\n'
    for l_1_line in (undefined(name='lines') if l_0_lines is missing else l_0_lines):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 1, _loop_vars=_loop_vars)
        yield str(environment.finalize(context, l_1_line))
        yield '\n'
    l_1_line = missing
    yield '\nTfs-Environment: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='plan') if l_0_plan is missing else l_0_plan), 'environment')))
    yield '\n'
    for l_1_trailer in (undefined(name='changes') if l_0_changes is missing else l_0_changes):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 13, _loop_vars=_loop_vars)
        yield 'Tfs-Change: '
        yield str(environment.finalize(context, l_1_trailer))
        yield '\n'
    l_1_trailer = missing
    for l_1_trailer in (undefined(name='indexes') if l_0_indexes is missing else l_0_indexes):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 12, _loop_vars=_loop_vars)
        yield 'Tfs-Index: '
        yield str(environment.finalize(context, l_1_trailer))
        yield '\n'
    l_1_trailer = missing
    for l_1_trailer in (undefined(name='asked') if l_0_asked is missing else l_0_asked):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 12, _loop_vars=_loop_vars)
        yield 'Tfs-Asked: '
        yield str(environment.finalize(context, l_1_trailer))
        yield '\n'
    l_1_trailer = missing
    if (undefined(name='override') if l_0_override is missing else l_0_override):
        pass
        yield 'Tfs-Override: '
        yield str(environment.finalize(context, (undefined(name='override') if l_0_override is missing else l_0_override)))
        yield '\n'
    yield 'Tfs-Input-Digest: '
    yield str(environment.finalize(context, (undefined(name='digest') if l_0_digest is missing else l_0_digest)))
    yield '\n'

blocks = {}
debug_info = '1=19&3=22&4=26&7=30&8=32&9=37&11=40&12=45&14=48&15=53&17=56&18=59&20=62'
