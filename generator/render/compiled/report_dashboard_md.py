from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'report/dashboard.md'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_board = resolve('board')
    l_0_refused = resolve('refused')
    l_0_pending = resolve('pending')
    l_0_boxes = resolve('boxes')
    l_0_waits = resolve('waits')
    l_0_held = resolve('held')
    l_0_degraded = resolve('degraded')
    l_0_differs = resolve('differs')
    l_0_uncompared = resolve('uncompared')
    l_0_keeping = resolve('keeping')
    l_0_more = missing
    try:
        t_1 = environment.filters['join']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'join' found.")
    try:
        t_2 = environment.filters['length']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'length' found.")
    try:
        t_3 = environment.filters['map']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'map' found.")
    try:
        t_4 = environment.filters['md']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'md' found.")
    pass
    environment.call(context, environment.enter, 801)
    def macro(l_1_part):
        t_5 = []
        if l_1_part is missing:
            l_1_part = undefined("parameter 'part' was not provided", name='part')
        pass
        environment.call(context, environment.enter, 52)
        if environment.getattr(l_1_part, 'more'):
            pass
            t_5.extend((
                '\n… and ',
                str(environment.finalize(context, environment.getattr(l_1_part, 'more'))),
                ' more',
            ))
            if environment.getattr(l_1_part, 'shown'):
                pass
                t_5.append(
                    ', left out for the length of this text',
                )
            t_5.append(
                '.\n',
            )
        return concat(t_5)
    context.exported_vars.add('more')
    context.vars['more'] = l_0_more = Macro(environment, macro, 'more', ('part',), False, False, False, context.eval_ctx.autoescape)
    yield '`tfs-gitops sync` keeps this text up to date. What you write into it is overwritten; comments stay.\n\n**`'
    yield str(environment.finalize(context, environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'environment')))
    yield '` serves '
    yield str(environment.finalize(context, environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'models')))
    yield ' model'
    yield str(environment.finalize(context, ('s' if (environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'models') != 1) else cond_expr_undefined("the inline if-expression on line 9 in 'report/dashboard.md' evaluated to false and no else section was defined."))))
    yield '**'
    if environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'is_quiet'):
        pass
        yield ': nothing waits, nothing is held, and nothing differs'
    yield '.\n\n'
    if environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'closure'):
        pass
        yield '**'
        yield str(environment.finalize(context, t_4(environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'closure'))))
        yield '**\n\n'
    if (environment.getattr((undefined(name='refused') if l_0_refused is missing else l_0_refused), 'shown') or environment.getattr((undefined(name='refused') if l_0_refused is missing else l_0_refused), 'more')):
        pass
        yield '### Refused\n\nA sync does none of what the policy asks for, until a person decides:\n\n'
        for l_1_problem in environment.getattr((undefined(name='refused') if l_0_refused is missing else l_0_refused), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 3, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_4(l_1_problem)))
            yield '\n'
        l_1_problem = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='refused') if l_0_refused is missing else l_0_refused))))
        yield '\n'
        if environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'refusal_hint'):
            pass
            yield '\n'
            yield str(environment.finalize(context, t_4(environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'refusal_hint'))))
            yield '\n'
        yield '\n'
    if (environment.getattr((undefined(name='pending') if l_0_pending is missing else l_0_pending), 'shown') or environment.getattr((undefined(name='pending') if l_0_pending is missing else l_0_pending), 'more')):
        pass
        yield '### Asked for, and not merged yet\n\nIt is done when its pull request is merged; who closes that takes it back:\n\n'
        for l_1_it in environment.getattr((undefined(name='pending') if l_0_pending is missing else l_0_pending), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 6, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, environment.getattr(l_1_it, 'marker')))
            yield ' '
            yield str(environment.finalize(context, environment.getattr(l_1_it, 'label')))
            yield str(environment.finalize(context, (environment.call(context, environment.join, [', asked for by ', t_4(environment.getattr(l_1_it, 'by'))], _loop_vars=_loop_vars) if environment.getattr(l_1_it, 'by') else cond_expr_undefined("the inline if-expression on line 36 in 'report/dashboard.md' evaluated to false and no else section was defined."))))
            yield ': '
            yield str(environment.finalize(context, (environment.call(context, environment.join, ['[its pull request](', environment.getattr(l_1_it, 'url'), ')'], _loop_vars=_loop_vars) if environment.getattr(l_1_it, 'url') else environment.call(context, environment.join, ['pull request ', environment.getattr(l_1_it, 'number')], _loop_vars=_loop_vars))))
            yield '\n'
        l_1_it = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='pending') if l_0_pending is missing else l_0_pending))))
        yield '\n\n'
    if (environment.getattr((undefined(name='boxes') if l_0_boxes is missing else l_0_boxes), 'shown') or environment.getattr((undefined(name='boxes') if l_0_boxes is missing else l_0_boxes), 'more')):
        pass
        yield '### Ask the next sync\n\n'
        yield str(environment.finalize(context, ('It puts what is ticked into the pull request, which a person merges. ' if environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'reviewed') else cond_expr_undefined("the inline if-expression on line 44 in 'report/dashboard.md' evaluated to false and no else section was defined."))))
        yield 'It obeys who may write the repository, and answers in a comment:\n\n'
        for l_1_box in environment.getattr((undefined(name='boxes') if l_0_boxes is missing else l_0_boxes), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 8, _loop_vars=_loop_vars)
            yield '- [ ] '
            yield str(environment.finalize(context, environment.getattr(l_1_box, 'marker')))
            yield ' '
            yield str(environment.finalize(context, environment.getattr(l_1_box, 'label')))
            yield '\n'
        l_1_box = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='boxes') if l_0_boxes is missing else l_0_boxes))))
        yield '\n\n'
    if (environment.getattr((undefined(name='waits') if l_0_waits is missing else l_0_waits), 'shown') or environment.getattr((undefined(name='waits') if l_0_waits is missing else l_0_waits), 'more')):
        pass
        yield '### Waits\n\n| model | what | when | why |\n|---|---|---|---|\n'
        for (l_1_model, l_1_what, l_1_when, l_1_why, l_1_page) in environment.getattr((undefined(name='waits') if l_0_waits is missing else l_0_waits), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 18, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_4(l_1_model)))
            yield ' | '
            if l_1_page:
                pass
                yield '['
                yield str(environment.finalize(context, t_4(l_1_what)))
                yield ']('
                yield str(environment.finalize(context, l_1_page))
                yield ')'
            else:
                pass
                yield str(environment.finalize(context, t_4(l_1_what)))
            yield ' | '
            yield str(environment.finalize(context, l_1_when))
            yield ' | '
            yield str(environment.finalize(context, t_4(l_1_why)))
            yield ' |\n'
        l_1_model = l_1_what = l_1_when = l_1_why = l_1_page = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='waits') if l_0_waits is missing else l_0_waits))))
        yield '\n\n'
    if (environment.getattr((undefined(name='held') if l_0_held is missing else l_0_held), 'shown') or environment.getattr((undefined(name='held') if l_0_held is missing else l_0_held), 'more')):
        pass
        yield '### Held\n\n| held | version | code | problem | what to do |\n|---|---|---|---|---|\n'
        for l_1_row in environment.getattr((undefined(name='held') if l_0_held is missing else l_0_held), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_1(context.eval_ctx, t_3(context, l_1_row, 'md'), ' | ')))
            yield ' |\n'
        l_1_row = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='held') if l_0_held is missing else l_0_held))))
        yield '\n\n'
    if (environment.getattr((undefined(name='degraded') if l_0_degraded is missing else l_0_degraded), 'shown') or environment.getattr((undefined(name='degraded') if l_0_degraded is missing else l_0_degraded), 'more')):
        pass
        yield '### Degraded\n\n'
        for l_1_name in environment.getattr((undefined(name='degraded') if l_0_degraded is missing else l_0_degraded), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 33, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_4(l_1_name)))
            yield ' is held now, and stays served\n'
        l_1_name = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='degraded') if l_0_degraded is missing else l_0_degraded))))
        yield '\n\n'
    if (environment.getattr((undefined(name='differs') if l_0_differs is missing else l_0_differs), 'shown') or environment.getattr((undefined(name='differs') if l_0_differs is missing else l_0_differs), 'more')):
        pass
        yield '### Differs between environments\n\n| model | '
        yield str(environment.finalize(context, t_1(context.eval_ctx, t_3(context, environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'compared'), 'md'), ' | ')))
        yield ' |\n|---|'
        yield str(environment.finalize(context, environment.call_binop(context, '*', '---|', t_2(environment.getattr((undefined(name='board') if l_0_board is missing else l_0_board), 'compared')))))
        yield '\n'
        for l_1_row in environment.getattr((undefined(name='differs') if l_0_differs is missing else l_0_differs), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_1(context.eval_ctx, t_3(context, l_1_row, 'md'), ' | ')))
            yield ' |\n'
        l_1_row = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='differs') if l_0_differs is missing else l_0_differs))))
        yield '\n\n'
    if (environment.getattr((undefined(name='uncompared') if l_0_uncompared is missing else l_0_uncompared), 'shown') or environment.getattr((undefined(name='uncompared') if l_0_uncompared is missing else l_0_uncompared), 'more')):
        pass
        yield 'Not compared:\n\n'
        for l_1_text in environment.getattr((undefined(name='uncompared') if l_0_uncompared is missing else l_0_uncompared), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 3, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_4(l_1_text)))
            yield '\n'
        l_1_text = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='uncompared') if l_0_uncompared is missing else l_0_uncompared))))
        yield '\n\n'
    if (environment.getattr((undefined(name='keeping') if l_0_keeping is missing else l_0_keeping), 'shown') or environment.getattr((undefined(name='keeping') if l_0_keeping is missing else l_0_keeping), 'more')):
        pass
        yield '<details><summary>Keep a model as it is, whatever the policy asks for</summary>\n\n'
        for l_1_box in environment.getattr((undefined(name='keeping') if l_0_keeping is missing else l_0_keeping), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 8, _loop_vars=_loop_vars)
            yield '- [ ] '
            yield str(environment.finalize(context, environment.getattr(l_1_box, 'marker')))
            yield ' '
            yield str(environment.finalize(context, environment.getattr(l_1_box, 'label')))
            yield '\n'
        l_1_box = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='keeping') if l_0_keeping is missing else l_0_keeping))))
        yield '\n\n</details>\n'

blocks = {}
debug_info = '1=46&2=53&4=57&9=72&11=82&12=85&15=87&20=90&21=95&23=98&24=100&26=103&30=106&35=109&36=114&38=122&41=124&44=127&46=129&47=134&49=139&52=141&57=144&58=149&60=167&63=169&68=172&69=177&71=180&74=182&77=185&78=190&80=193&83=195&86=198&87=200&88=202&89=207&91=210&94=212&97=215&98=220&100=223&103=225&106=228&107=233&109=238'
