from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'components/monitoring/scrape.yaml'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_names = resolve('names')
    pass
    environment.call(context, environment.enter, 1895)
    yield '# Scaffolded once by tfs-gitops; yours from then on.\n# For `scrape_config_files` of a Prometheus without the operator.\nscrape_configs:\n  - job_name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    scrape_interval: 30s\n    kubernetes_sd_configs:\n      - role: pod\n        selectors:\n          - role: pod\n            label: app.kubernetes.io/name='
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    relabel_configs:\n      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]\n        regex: "true"\n        action: keep\n      - source_labels: [__meta_kubernetes_pod_container_name, __meta_kubernetes_pod_container_port_name]\n        regex: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'container')))
    yield ';http\n        action: keep\n      # The path of the environment, which its pods carry.\n      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]\n        target_label: __metrics_path__\n      - source_labels: [__meta_kubernetes_namespace]\n        target_label: namespace\n      - source_labels: [__meta_kubernetes_pod_name]\n        target_label: pod\n      - source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]\n        target_label: environment\n  # The agents, where there are any: sidecars of the same pods, with a port and a path of their own.\n  - job_name: '
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '-agent\n    scrape_interval: 30s\n    kubernetes_sd_configs:\n      - role: pod\n        selectors:\n          - role: pod\n            label: app.kubernetes.io/name='
    yield str(environment.finalize(context, environment.getattr((undefined(name='names') if l_0_names is missing else l_0_names), 'deployment')))
    yield '\n    relabel_configs:\n      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]\n        regex: "true"\n        action: keep\n      - source_labels: [__meta_kubernetes_pod_container_name, __meta_kubernetes_pod_container_port_name]\n        regex: agent;agent\n        action: keep\n      - source_labels: [__meta_kubernetes_namespace]\n        target_label: namespace\n      - source_labels: [__meta_kubernetes_pod_name]\n        target_label: pod\n      - source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]\n        target_label: environment\n'

blocks = {}
debug_info = '1=12&4=14&10=16&16=18&28=20&34=22'
