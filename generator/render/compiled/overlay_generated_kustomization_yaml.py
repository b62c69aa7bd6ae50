from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'overlay/generated/kustomization.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_environment = resolve('environment')
    l_0_volume = resolve('volume')
    l_0_agents = resolve('agents')
    l_0_components = resolve('components')
    l_0_parts = resolve('parts')
    l_0_template = resolve('template')
    l_0_names = resolve('names')
    l_0_agent = resolve('agent')
    l_0_start_files = resolve('start_files')
    l_0_verify = resolve('verify')
    l_0_patches = resolve('patches')
    try:
        t_1 = environment.filters['first']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'first' found.")
    try:
        t_2 = environment.filters['indent']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'indent' found.")
    try:
        t_3 = environment.filters['join']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'join' found.")
    try:
        t_4 = environment.filters['yaml']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'yaml' found.")
    pass
    environment.call(context, environment.enter, 1950)
    yield '# Written by tfs-gitops; edits are undone by the next sync.\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamespace: '
    yield str(environment.finalize(context, t_4(environment.getattr(environment.getattr((undefined(name='environment') if l_0_environment is missing else l_0_environment), 'serving'), 'namespace'))))
    yield '\n'
    if (environment.getattr((undefined(name='volume') if l_0_volume is missing else l_0_volume), 'manifests') or (undefined(name='agents') if l_0_agents is missing else l_0_agents)):
        pass
        yield 'resources:\n'
        if (undefined(name='agents') if l_0_agents is missing else l_0_agents):
            pass
            yield '  - agents.yaml\n'
        if environment.getattr((undefined(name='volume') if l_0_volume is missing else l_0_volume), 'manifests'):
            pass
            yield '  - store.yaml\n'
    if (undefined(name='components') if l_0_components is missing else l_0_components):
        pass
        yield 'components:\n'
        for l_1_component in (undefined(name='components') if l_0_components is missing else l_0_components):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 25, _loop_vars=_loop_vars)
            yield '  - ../../../components/'
            yield str(environment.finalize(context, l_1_component))
            yield '\n'
        l_1_component = missing
    yield 'labels:\n  - pairs:\n      app.kubernetes.io/instance: '
    yield str(environment.finalize(context, t_4(environment.getattr((undefined(name='environment') if l_0_environment is missing else l_0_environment), 'name'))))
    yield '\n      app.kubernetes.io/managed-by: tfs-gitops\n    includeTemplates: true\nconfigMapGenerator:\n'
    if (undefined(name='parts') if l_0_parts is missing else l_0_parts):
        pass
        yield '  # What the agent fetches, proves and serves, in parts: stable names, so that the pods stay.\n'
        l_1_loop = missing
        for (l_1_file, l_1_name), l_1_loop in LoopContext(environment.call(context, environment.getattr((undefined(name='parts') if l_0_parts is missing else l_0_parts), 'items')), undefined):
            _loop_vars = {}
            pass
            environment.call(context, environment.enter, 345, _loop_vars=_loop_vars)
            yield '  - name: '
            yield str(environment.finalize(context, l_1_name))
            yield '\n    files: ['
            yield str(environment.finalize(context, l_1_file))
            yield ']\n    options:\n      disableNameSuffixHash: true\n      annotations: '
            if environment.getattr(l_1_loop, 'first'):
                pass
                yield "&annotations\n        # Flux must not substitute variables in a model's name or path.\n        kustomize.toolkit.fluxcd.io/substitute: disabled\n"
            else:
                pass
                yield '*annotations\n'
            yield '      labels: '
            if environment.getattr(l_1_loop, 'first'):
                pass
                yield '&labels\n        app.kubernetes.io/name: '
                yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
                yield '\n        app.kubernetes.io/part-of: '
                yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
                yield '\n'
            else:
                pass
                yield '*labels\n'
        l_1_loop = l_1_file = l_1_name = missing
    else:
        pass
        if environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'spec'):
            pass
            yield '  # What the pods have by the replacement below; pods of before `reload: rolling` read it here.\n'
        else:
            pass
            yield '  # A stable name: servers re-read this file, their pods stay.\n'
        yield '  - name: '
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'models')))
        yield "\n    files: [models.config]\n    options:\n      disableNameSuffixHash: true\n      annotations: &annotations\n        # Flux must not substitute variables in a model's name or path.\n        kustomize.toolkit.fluxcd.io/substitute: disabled\n      labels: &labels\n        app.kubernetes.io/name: "
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
        yield '\n        app.kubernetes.io/part-of: '
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
        yield '\n'
        if (undefined(name='agent') if l_0_agent is missing else l_0_agent):
            pass
            yield '  # What the agent fetches and proves; a stable name too.\n  - name: '
            yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'lock')))
            yield '\n    files: [models.lock.json]\n    options:\n      disableNameSuffixHash: true\n      annotations: *annotations\n      labels: *labels\n'
    if (undefined(name='start_files') if l_0_start_files is missing else l_0_start_files):
        pass
        yield '  # A hashed name: servers read these files only when they start, so a change rolls the pods.\n  - name: '
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'start')))
        yield '\n    files: ['
        yield str(environment.finalize(context, t_3(context.eval_ctx, (undefined(name='start_files') if l_0_start_files is missing else l_0_start_files), ', ')))
        yield ']\n    options:\n      annotations: *annotations\n      labels: *labels\n'
    if (undefined(name='verify') if l_0_verify is missing else l_0_verify):
        pass
        yield '  # A hashed name: each commit has a Job of its own, which asks the pods for this state.\n  - name: '
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'verify')))
        yield '\n    files: ['
        yield str(environment.finalize(context, (t_1(environment, (undefined(name='parts') if l_0_parts is missing else l_0_parts)) if (undefined(name='parts') if l_0_parts is missing else l_0_parts) else 'models.lock.json')))
        yield ']\n    options:\n      annotations: *annotations\n      labels: *labels\n'
    if environment.getattr((undefined(name='template') if l_0_template is missing else l_0_template), 'spec'):
        pass
        yield 'replacements:\n  # Into the template of the pods: so that a change rolls them, and each keeps what it serves.\n  - source:\n      kind: ConfigMap\n      name: '
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'models')))
        yield '\n      fieldPath: data.[models.config]\n    targets:\n      - select:\n          kind: Deployment\n          name: '
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
        yield '\n        fieldPaths:\n          - spec.template.metadata.annotations.[tfs-gitops/models.config]\n        options:\n          create: true\n'
    yield 'patches:\n  - path: deployment.yaml\n'
    if (undefined(name='verify') if l_0_verify is missing else l_0_verify):
        pass
        yield '  - path: verify.yaml\n'
    for l_1_patch in (undefined(name='patches') if l_0_patches is missing else l_0_patches):
        _loop_vars = {}
        pass
        environment.call(context, environment.enter, 100, _loop_vars=_loop_vars)
        yield '  - target:\n      kind: '
        yield str(environment.finalize(context, environment.getattr(l_1_patch, 'kind')))
        yield '\n      name: '
        yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
        yield '\n'
        if environment.getattr(l_1_patch, 'renames'):
            pass
            yield '    options:\n      allowNameChange: true\n'
        yield '    patch: |-\n      '
        yield str(environment.finalize(context, t_2(t_4(environment.getattr(l_1_patch, 'body')), 6)))
        yield '\n'
    l_1_patch = missing

blocks = {}
debug_info = '1=46&4=48&5=50&7=53&10=56&14=59&16=62&17=67&22=71&26=73&28=77&29=82&30=84&33=86&38=93&39=96&40=98&45=106&50=113&58=115&59=117&60=119&62=122&70=124&72=127&73=129&78=131&80=134&81=136&86=138&91=141&96=143&104=146&107=149&109=154&110=156&111=158&116=162'
