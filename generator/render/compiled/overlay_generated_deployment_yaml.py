from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'overlay/generated/deployment.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_environment = resolve('environment')
    l_0_names = resolve('names')
    l_0_replicas = resolve('replicas')
    l_0_template = resolve('template')
    l_0_annotations = resolve('annotations')
    l_0_agent = resolve('agent')
    l_0_agent_env = resolve('agent_env')
    l_0_agent_resources = resolve('agent_resources')
    l_0_agent_mounts = resolve('agent_mounts')
    l_0_arguments = resolve('arguments')
    l_0_env = resolve('env')
    l_0_resources = resolve('resources')
    l_0_volumes = resolve('volumes')
    l_0_serving = missing
    try:
        t_1 = environment.filters['indent']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'indent' found.")
    try:
        t_2 = environment.filters['trim']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'trim' found.")
    try:
        t_3 = environment.filters['yaml']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'yaml' found.")
    try:
        t_4 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    environment.call(context, environment.enter, 821)
    yield '# Written by tfs-gitops; edits are undone by the next sync.\n'
    l_0_serving = environment.getattr((undefined(name='environment') if l_0_environment is missing else l_0_environment), 'serving')
    context.vars['serving'] = l_0_serving
    context.exported_vars.add('serving')
    yield 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\nspec:\n'
    if (not t_4((undefined(name='replicas') if l_0_replicas is missing else l_0_replicas))):
        pass
        yield '  replicas: '
        yield str(environment.finalize(context, (undefined(name='replicas') if l_0_replicas is missing else l_0_replicas)))
        yield '\n'
    if environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'spec'):
        pass
        yield '  '
        yield str(environment.finalize(context, t_1(t_3(environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'spec')), 2)))
        yield '\n'
    yield '  template:\n'
    if ((undefined(name='annotations') if l_0_annotations is missing else l_0_annotations) or environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'texts')):
        pass
        yield '    metadata:\n      annotations:\n'
        if (undefined(name='annotations') if l_0_annotations is missing else l_0_annotations):
            pass
            yield '        '
            yield str(environment.finalize(context, t_1(t_3((undefined(name='annotations') if l_0_annotations is missing else l_0_annotations)), 8)))
            yield '\n'
        if environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'texts'):
            pass
            yield '        # Files of these pods and of no other: what one reads changes in a new one alone.\n'
            for (l_1_name, l_1_text) in environment.call(context, environment.getattr(environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'texts'), 'items')):
                _loop_vars = {}
                pass
                environment.call(context, environment.enter, 23, _loop_vars=_loop_vars)
                yield '        '
                yield str(environment.finalize(context, l_1_name))
                yield ': |\n          '
                yield str(environment.finalize(context, t_1(t_2(l_1_text), 10)))
                yield '\n'
            l_1_name = l_1_text = missing
    yield '    spec:\n'
    if (environment.getattr(environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'service_account'), 'name') not in environment.call(context, environment.nest, (None, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))):
        pass
        yield '      serviceAccountName: '
        yield str(environment.finalize(context, t_3(environment.getattr(environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'service_account'), 'name'))))
        yield '\n'
    if (environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'gpu') and environment.getattr(environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'gpu'), 'node_selector')):
        pass
        yield '      nodeSelector:\n        '
        yield str(environment.finalize(context, t_1(t_3(environment.getattr(environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'gpu'), 'node_selector')), 8)))
        yield '\n'
    if (environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'gpu') and environment.getattr(environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'gpu'), 'tolerations')):
        pass
        yield '      tolerations:\n        '
        yield str(environment.finalize(context, t_1(t_3(environment.getattr(environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'gpu'), 'tolerations')), 8)))
        yield '\n'
    if (undefined(name='agent') if l_0_agent is missing else l_0_agent):
        pass
        yield '      initContainers:\n        - name: agent\n          args:\n'
        for l_1_argument in (undefined(name='agent') if l_0_agent is missing else l_0_agent):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 15, _loop_vars=_loop_vars)
            yield '            - '
            yield str(environment.finalize(context, t_3(l_1_argument)))
            yield '\n'
        l_1_argument = missing
        if (undefined(name='agent_env') if l_0_agent_env is missing else l_0_agent_env):
            pass
            yield '          env:\n            '
            yield str(environment.finalize(context, t_1(t_3((undefined(name='agent_env') if l_0_agent_env is missing else l_0_agent_env)), 12)))
            yield '\n'
        if (undefined(name='agent_resources') if l_0_agent_resources is missing else l_0_agent_resources):
            pass
            yield '          resources:\n            '
            yield str(environment.finalize(context, t_1(t_3((undefined(name='agent_resources') if l_0_agent_resources is missing else l_0_agent_resources)), 12)))
            yield '\n'
        if (undefined(name='agent_mounts') if l_0_agent_mounts is missing else l_0_agent_mounts):
            pass
            yield '          volumeMounts:\n            '
            yield str(environment.finalize(context, t_1(t_3((undefined(name='agent_mounts') if l_0_agent_mounts is missing else l_0_agent_mounts)), 12)))
            yield '\n'
    yield '      containers:\n        - name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield '\n          image: '
    yield str(environment.finalize(context, t_3(environment.getattr((undefined(name='serving') if l_0_serving is missing else l_0_serving), 'effective_image'))))
    yield '\n          args:\n'
    for l_1_argument in (undefined(name='arguments') if l_0_arguments is missing else l_0_arguments):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 15, _loop_vars=_loop_vars)
        yield '            - '
        yield str(environment.finalize(context, t_3(l_1_argument)))
        yield '\n'
    l_1_argument = missing
    if environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'startup_probe'):
        pass
        yield '          # Ready when all is loaded: a version that fails must not take the place of one that serves.\n          startupProbe:\n            '
        yield str(environment.finalize(context, t_1(t_3(environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'startup_probe')), 12)))
        yield '\n'
    if (undefined(name='env') if l_0_env is missing else l_0_env):
        pass
        yield '          env:\n            '
        yield str(environment.finalize(context, t_1(t_3((undefined(name='env') if l_0_env is missing else l_0_env)), 12)))
        yield '\n'
    if (undefined(name='resources') if l_0_resources is missing else l_0_resources):
        pass
        yield '          resources:\n            '
        yield str(environment.finalize(context, t_1(t_3((undefined(name='resources') if l_0_resources is missing else l_0_resources)), 12)))
        yield '\n'
    if (undefined(name='volumes') if l_0_volumes is missing else l_0_volumes):
        pass
        yield '      volumes:\n'
        for (l_1_name, l_1_source) in environment.call(context, environment.getattr((undefined(name='volumes') if l_0_volumes is missing else l_0_volumes), 'items')):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 28, _loop_vars=_loop_vars)
            yield '        - name: '
            yield str(environment.finalize(context, l_1_name))
            yield '\n          '
            yield str(environment.finalize(context, t_1(t_3(l_1_source), 10)))
            yield '\n'
        l_1_name = l_1_source = missing

blocks = {}
debug_info = '1=49&2=51&6=55&8=57&9=60&11=62&12=65&15=68&18=71&19=74&21=76&23=79&24=84&25=86&30=90&31=93&33=95&35=98&37=100&39=103&41=105&45=108&46=113&48=116&50=119&52=121&54=124&56=126&58=129&62=132&63=134&65=136&66=141&68=144&71=147&73=149&75=152&77=154&79=157&81=159&83=162&84=167&85=169'
