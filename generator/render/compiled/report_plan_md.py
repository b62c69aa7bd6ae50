from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'report/plan.md'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_environment = resolve('environment')
    l_0_summary = resolve('summary')
    l_0_refusal = resolve('refusal')
    l_0_refused = resolve('refused')
    l_0_closure = resolve('closure')
    l_0_asked = resolve('asked')
    l_0_way_back = resolve('way_back')
    l_0_ways_back = resolve('ways_back')
    l_0_forgotten = resolve('forgotten')
    l_0_effect = resolve('effect')
    l_0_what_happens = resolve('what_happens')
    l_0_files = resolve('files')
    l_0_swaps = resolve('swaps')
    l_0_rollout = resolve('rollout')
    l_0_room = resolve('room')
    l_0_changes = resolve('changes')
    l_0_memory = resolve('memory')
    l_0_settings = resolve('settings')
    l_0_uninspected = resolve('uninspected')
    l_0_inspected = resolve('inspected')
    l_0_signatures = resolve('signatures')
    l_0_deferred = resolve('deferred')
    l_0_steps = resolve('steps')
    l_0_waiting = resolve('waiting')
    l_0_waiting_settings = resolve('waiting_settings')
    l_0_held = resolve('held')
    l_0_degraded = resolve('degraded')
    l_0_warnings = resolve('warnings')
    l_0_rollback = resolve('rollback')
    l_0_settings_back = resolve('settings_back')
    l_0_retake = resolve('retake')
    l_0_diff = resolve('diff')
    l_0_more = missing
    try:
        t_1 = environment.filters['capitalize']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'capitalize' found.")
    try:
        t_2 = environment.filters['fenced']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'fenced' found.")
    try:
        t_3 = environment.filters['join']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'join' found.")
    try:
        t_4 = environment.filters['map']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'map' found.")
    try:
        t_5 = environment.filters['md']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No filter named 'md' found.")
    pass
    environment.call(context, environment.enter, 1563)
    def macro(l_1_part):
        t_6 = []
        if l_1_part is missing:
            l_1_part = undefined("parameter 'part' was not provided", name='part')
        pass
        environment.call(context, environment.enter, 54)
        if environment.getattr(l_1_part, 'more'):
            pass
            t_6.extend((
                '\n… and ',
                str(environment.finalize(context, environment.getattr(l_1_part, 'more'))),
                ' more',
            ))
            if environment.getattr(l_1_part, 'shown'):
                pass
                t_6.append(
                    ', left out for the length of this report',
                )
            t_6.append(
                '.\n',
            )
        return concat(t_6)
    context.exported_vars.add('more')
    context.vars['more'] = l_0_more = Macro(environment, macro, 'more', ('part',), False, False, False, context.eval_ctx.autoescape)
    yield '### `'
    yield str(environment.finalize(context, (undefined(name='environment') if l_0_environment is missing else l_0_environment)))
    yield '`: '
    yield str(environment.finalize(context, (undefined(name='summary') if l_0_summary is missing else l_0_summary)))
    yield '\n\n'
    if (undefined(name='refusal') if l_0_refusal is missing else l_0_refusal):
        pass
        yield '**Refused** (`'
        yield str(environment.finalize(context, environment.getattr((undefined(name='refusal') if l_0_refusal is missing else l_0_refusal), 'code')))
        yield '`): a sync does none of this.\n\n'
        for l_1_problem in environment.getattr((undefined(name='refused') if l_0_refused is missing else l_0_refused), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 3, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_5(l_1_problem)))
            yield '\n'
        l_1_problem = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='refused') if l_0_refused is missing else l_0_refused))))
        yield '\n'
        if environment.getattr((undefined(name='refusal') if l_0_refusal is missing else l_0_refusal), 'hint'):
            pass
            yield '\nhint: '
            yield str(environment.finalize(context, t_5(environment.getattr((undefined(name='refusal') if l_0_refusal is missing else l_0_refusal), 'hint'))))
            yield '\n'
        yield '\n'
    if (undefined(name='closure') if l_0_closure is missing else l_0_closure):
        pass
        yield '**'
        yield str(environment.finalize(context, t_5((undefined(name='closure') if l_0_closure is missing else l_0_closure))))
        yield '**\n\n'
    if (environment.getattr((undefined(name='asked') if l_0_asked is missing else l_0_asked), 'shown') or environment.getattr((undefined(name='asked') if l_0_asked is missing else l_0_asked), 'more')):
        pass
        yield 'Asked for beside the policy:\n\n'
        for l_1_text in environment.getattr((undefined(name='asked') if l_0_asked is missing else l_0_asked), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 3, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_5(l_1_text)))
            yield '\n'
        l_1_text = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='asked') if l_0_asked is missing else l_0_asked))))
        yield '\n\n'
    if (undefined(name='way_back') if l_0_way_back is missing else l_0_way_back):
        pass
        yield '**'
        yield str(environment.finalize(context, t_5((undefined(name='way_back') if l_0_way_back is missing else l_0_way_back))))
        yield '**\n\n'
        for l_1_line in environment.getattr((undefined(name='ways_back') if l_0_ways_back is missing else l_0_ways_back), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 3, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_5(l_1_line)))
            yield '\n'
        l_1_line = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='ways_back') if l_0_ways_back is missing else l_0_ways_back))))
        yield '\n\n'
    for l_1_line in environment.getattr((undefined(name='forgotten') if l_0_forgotten is missing else l_0_forgotten), 'shown'):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 3, _loop_vars=_loop_vars)
        yield '- '
        yield str(environment.finalize(context, t_5(l_1_line)))
        yield '\n'
    l_1_line = missing
    yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='forgotten') if l_0_forgotten is missing else l_0_forgotten))))
    yield '\n'
    if (undefined(name='effect') if l_0_effect is missing else l_0_effect):
        pass
        yield 'Effect on running pods: **'
        yield str(environment.finalize(context, (undefined(name='effect') if l_0_effect is missing else l_0_effect)))
        yield '** ('
        yield str(environment.finalize(context, (undefined(name='what_happens') if l_0_what_happens is missing else l_0_what_happens)))
        yield '; '
        yield str(environment.finalize(context, t_5((undefined(name='files') if l_0_files is missing else l_0_files))))
        yield ').\n\n'
    for l_1_swap in (undefined(name='swaps') if l_0_swaps is missing else l_0_swaps):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 9, _loop_vars=_loop_vars)
        yield 'Swap: '
        yield str(environment.finalize(context, t_5(l_1_swap)))
        yield '.\n\n'
    l_1_swap = missing
    if (undefined(name='rollout') if l_0_rollout is missing else l_0_rollout):
        pass
        yield 'Rollout: '
        yield str(environment.finalize(context, (undefined(name='rollout') if l_0_rollout is missing else l_0_rollout)))
        yield '.\n\n'
    if ((undefined(name='effect') if l_0_effect is missing else l_0_effect) and (undefined(name='room') if l_0_room is missing else l_0_room)):
        pass
        yield 'Desired state: '
        yield str(environment.finalize(context, t_5((undefined(name='room') if l_0_room is missing else l_0_room))))
        yield '.\n\n'
    if (environment.getattr((undefined(name='changes') if l_0_changes is missing else l_0_changes), 'shown') or environment.getattr((undefined(name='changes') if l_0_changes is missing else l_0_changes), 'more')):
        pass
        yield 'Memory: '
        yield str(environment.finalize(context, (undefined(name='memory') if l_0_memory is missing else l_0_memory)))
        yield '.\n\n| model | change | versions | labels | size | published | checks | why |\n|---|---|---|---|---|---|---|---|\n'
        for l_1_row in environment.getattr((undefined(name='changes') if l_0_changes is missing else l_0_changes), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_3(context.eval_ctx, t_4(context, l_1_row, 'md'), ' | ')))
            yield ' |\n'
        l_1_row = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='changes') if l_0_changes is missing else l_0_changes))))
        yield '\n'
    if (environment.getattr((undefined(name='settings') if l_0_settings is missing else l_0_settings), 'shown') or environment.getattr((undefined(name='settings') if l_0_settings is missing else l_0_settings), 'more')):
        pass
        yield '#### Settings\n\n| setting | from | to | pods | set by |\n|---|---|---|---|---|\n'
        for l_1_row in environment.getattr((undefined(name='settings') if l_0_settings is missing else l_0_settings), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_3(context.eval_ctx, t_4(context, l_1_row, 'md'), ' | ')))
            yield ' |\n'
        l_1_row = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='settings') if l_0_settings is missing else l_0_settings))))
        yield '\n'
    if (undefined(name='uninspected') if l_0_uninspected is missing else l_0_uninspected):
        pass
        yield 'The objects of '
        yield str(environment.finalize(context, (undefined(name='uninspected') if l_0_uninspected is missing else l_0_uninspected)))
        yield ' were not looked into: a report reads those of '
        yield str(environment.finalize(context, (undefined(name='inspected') if l_0_inspected is missing else l_0_inspected)))
        yield '.\n\n'
    if (environment.getattr((undefined(name='signatures') if l_0_signatures is missing else l_0_signatures), 'shown') or environment.getattr((undefined(name='signatures') if l_0_signatures is missing else l_0_signatures), 'more')):
        pass
        yield '#### Signatures that differ\n\n| model | versions | difference |\n|---|---|---|\n'
        for l_1_row in environment.getattr((undefined(name='signatures') if l_0_signatures is missing else l_0_signatures), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_3(context.eval_ctx, t_4(context, l_1_row, 'md'), ' | ')))
            yield ' |\n'
        l_1_row = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='signatures') if l_0_signatures is missing else l_0_signatures))))
        yield '\n'
    if (environment.getattr((undefined(name='deferred') if l_0_deferred is missing else l_0_deferred), 'shown') or environment.getattr((undefined(name='deferred') if l_0_deferred is missing else l_0_deferred), 'more')):
        pass
        yield '#### Deferred\n\n'
        yield str(environment.finalize(context, t_1((undefined(name='steps') if l_0_steps is missing else l_0_steps))))
        yield '.\n\n| waits | versions | labels | due | why |\n|---|---|---|---|---|\n'
        for l_1_row in environment.getattr((undefined(name='deferred') if l_0_deferred is missing else l_0_deferred), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_3(context.eval_ctx, t_4(context, l_1_row, 'md'), ' | ')))
            yield ' |\n'
        l_1_row = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='deferred') if l_0_deferred is missing else l_0_deferred))))
        yield '\n'
    if (((environment.getattr((undefined(name='waiting') if l_0_waiting is missing else l_0_waiting), 'shown') or environment.getattr((undefined(name='waiting') if l_0_waiting is missing else l_0_waiting), 'more')) or environment.getattr((undefined(name='waiting_settings') if l_0_waiting_settings is missing else l_0_waiting_settings), 'shown')) or environment.getattr((undefined(name='waiting_settings') if l_0_waiting_settings is missing else l_0_waiting_settings), 'more')):
        pass
        yield '#### Deferred until then\n\n'
        if (environment.getattr((undefined(name='waiting') if l_0_waiting is missing else l_0_waiting), 'shown') or environment.getattr((undefined(name='waiting') if l_0_waiting is missing else l_0_waiting), 'more')):
            pass
            yield '| model | versions | labels | due | why |\n|---|---|---|---|---|\n'
            for l_1_row in environment.getattr((undefined(name='waiting') if l_0_waiting is missing else l_0_waiting), 'shown'):
                _loop_vars = {}
                pass
                environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
                yield '| '
                yield str(environment.finalize(context, t_3(context.eval_ctx, t_4(context, l_1_row, 'md'), ' | ')))
                yield ' |\n'
            l_1_row = missing
            yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='waiting') if l_0_waiting is missing else l_0_waiting))))
            yield '\n'
        if (environment.getattr((undefined(name='waiting_settings') if l_0_waiting_settings is missing else l_0_waiting_settings), 'shown') or environment.getattr((undefined(name='waiting_settings') if l_0_waiting_settings is missing else l_0_waiting_settings), 'more')):
            pass
            yield '| setting | from | to | pods | set by |\n|---|---|---|---|---|\n'
            for l_1_row in environment.getattr((undefined(name='waiting_settings') if l_0_waiting_settings is missing else l_0_waiting_settings), 'shown'):
                _loop_vars = {}
                pass
                environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
                yield '| '
                yield str(environment.finalize(context, t_3(context.eval_ctx, t_4(context, l_1_row, 'md'), ' | ')))
                yield ' |\n'
            l_1_row = missing
            yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='waiting_settings') if l_0_waiting_settings is missing else l_0_waiting_settings))))
            yield '\n'
    if (environment.getattr((undefined(name='held') if l_0_held is missing else l_0_held), 'shown') or environment.getattr((undefined(name='held') if l_0_held is missing else l_0_held), 'more')):
        pass
        yield '#### Held\n\n| held | version | code | problem | what to do |\n|---|---|---|---|---|\n'
        for l_1_row in environment.getattr((undefined(name='held') if l_0_held is missing else l_0_held), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '| '
            yield str(environment.finalize(context, t_3(context.eval_ctx, t_4(context, l_1_row, 'md'), ' | ')))
            yield ' |\n'
        l_1_row = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='held') if l_0_held is missing else l_0_held))))
        yield '\n'
    if (environment.getattr((undefined(name='degraded') if l_0_degraded is missing else l_0_degraded), 'shown') or environment.getattr((undefined(name='degraded') if l_0_degraded is missing else l_0_degraded), 'more')):
        pass
        yield '#### Degraded\n\n'
        for l_1_name in environment.getattr((undefined(name='degraded') if l_0_degraded is missing else l_0_degraded), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 33, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_5(l_1_name)))
            yield ' is held now, and stays served\n'
        l_1_name = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='degraded') if l_0_degraded is missing else l_0_degraded))))
        yield '\n'
    if (environment.getattr((undefined(name='warnings') if l_0_warnings is missing else l_0_warnings), 'shown') or environment.getattr((undefined(name='warnings') if l_0_warnings is missing else l_0_warnings), 'more')):
        pass
        yield '#### Warnings\n\n'
        for (l_1_code, l_1_message) in environment.getattr((undefined(name='warnings') if l_0_warnings is missing else l_0_warnings), 'shown'):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 5, _loop_vars=_loop_vars)
            yield '- '
            yield str(environment.finalize(context, t_5(l_1_code)))
            yield ': '
            yield str(environment.finalize(context, t_5(l_1_message)))
            yield '\n'
        l_1_code = l_1_message = missing
        yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='warnings') if l_0_warnings is missing else l_0_warnings))))
        yield '\n'
    if (((((environment.getattr((undefined(name='rollback') if l_0_rollback is missing else l_0_rollback), 'shown') or environment.getattr((undefined(name='rollback') if l_0_rollback is missing else l_0_rollback), 'more')) or environment.getattr((undefined(name='settings_back') if l_0_settings_back is missing else l_0_settings_back), 'shown')) or environment.getattr((undefined(name='settings_back') if l_0_settings_back is missing else l_0_settings_back), 'more')) or environment.getattr((undefined(name='retake') if l_0_retake is missing else l_0_retake), 'shown')) or environment.getattr((undefined(name='retake') if l_0_retake is missing else l_0_retake), 'more')):
        pass
        yield '#### How to roll back\n\n'
        if (environment.getattr((undefined(name='rollback') if l_0_rollback is missing else l_0_rollback), 'shown') or environment.getattr((undefined(name='rollback') if l_0_rollback is missing else l_0_rollback), 'more')):
            pass
            yield 'After the merge, in the project folder. Each command pins in the policy what was served before; the next sync goes back in safe steps.\n\n'
            yield str(environment.finalize(context, t_2(environment.getattr((undefined(name='rollback') if l_0_rollback is missing else l_0_rollback), 'shown'), 'sh')))
            yield '\n'
            yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='rollback') if l_0_rollback is missing else l_0_rollback))))
            yield '\n'
        if (environment.getattr((undefined(name='retake') if l_0_retake is missing else l_0_retake), 'shown') or environment.getattr((undefined(name='retake') if l_0_retake is missing else l_0_retake), 'more')):
            pass
            yield 'A model that is back stays so: what failed is not brought again by itself, and the next version is taken as ever. To try again what failed, after the merge:\n\n'
            yield str(environment.finalize(context, t_2(environment.getattr((undefined(name='retake') if l_0_retake is missing else l_0_retake), 'shown'), 'sh')))
            yield '\n'
            yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='retake') if l_0_retake is missing else l_0_retake))))
            yield '\n'
        if (environment.getattr((undefined(name='settings_back') if l_0_settings_back is missing else l_0_settings_back), 'shown') or environment.getattr((undefined(name='settings_back') if l_0_settings_back is missing else l_0_settings_back), 'more')):
            pass
            yield 'Of settings, in the policy; the next sync renders them:\n\n'
            for l_1_line in environment.getattr((undefined(name='settings_back') if l_0_settings_back is missing else l_0_settings_back), 'shown'):
                _loop_vars = {}
                pass
                environment.call(context, environment.enter, 3, _loop_vars=_loop_vars)
                yield '- '
                yield str(environment.finalize(context, t_5(l_1_line)))
                yield '\n'
            l_1_line = missing
            yield str(environment.finalize(context, environment.call(context, (undefined(name='more') if l_0_more is missing else l_0_more), (undefined(name='settings_back') if l_0_settings_back is missing else l_0_settings_back))))
            yield '\n'
    elif environment.getattr((undefined(name='asked') if l_0_asked is missing else l_0_asked), 'shown'):
        pass
        yield '#### How to roll back\n\nTick the other box on the dashboard, *hold* or *let go of*: the next sync obeys it.\n\n'
    elif (undefined(name='effect') if l_0_effect is missing else l_0_effect):
        pass
        yield '#### How to roll back\n\nUndo the change of the policy or the templates; the next sync renders the files as they were.\n\n'
    if (environment.getattr((undefined(name='diff') if l_0_diff is missing else l_0_diff), 'shown') or environment.getattr((undefined(name='diff') if l_0_diff is missing else l_0_diff), 'more')):
        pass
        yield '<details>\n<summary>Rendered files, as a diff</summary>\n\n'
        yield str(environment.finalize(context, t_2(environment.getattr((undefined(name='diff') if l_0_diff is missing else l_0_diff), 'shown'), 'diff')))
        yield '\n'
        if environment.getattr((undefined(name='diff') if l_0_diff is missing else l_0_diff), 'more'):
            pass
            yield '\n… and '
            yield str(environment.finalize(context, environment.getattr((undefined(name='diff') if l_0_diff is missing else l_0_diff), 'more')))
            yield ' more line'
            yield str(environment.finalize(context, ('s' if (environment.getattr((undefined(name='diff') if l_0_diff is missing else l_0_diff), 'more') != 1) else cond_expr_undefined("the inline if-expression on line 197 in 'report/plan.md' evaluated to false and no else section was defined."))))
            yield '.\n'
        yield '\n</details>\n'

blocks = {}
debug_info = '1=74&2=81&4=85&7=100&9=104&10=107&12=109&13=114&15=117&16=119&18=122&22=125&23=128&26=130&29=133&30=138&32=141&35=143&36=146&38=148&39=153&41=156&44=158&45=163&47=166&48=168&49=171&52=177&53=182&56=185&57=188&60=190&61=193&64=195&65=198&69=200&70=205&72=208&74=210&79=213&80=218&82=221&84=223&85=226&88=230&93=233&94=238&96=241&98=243&101=246&105=248&106=253&108=256&110=258&113=261&116=264&117=269&119=272&121=274&124=277&125=282&127=285&130=287&135=290&136=295&138=298&140=300&143=303&144=308&146=311&148=313&151=316&152=321&154=326&156=328&159=331&162=334&163=336&165=338&168=341&169=343&171=345&174=348&175=353&177=356&179=358&184=361&190=364&194=367&195=369&197=372'
