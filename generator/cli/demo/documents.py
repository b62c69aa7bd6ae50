"""The documents of a story, as a person writes them: an environment, its window, a freeze."""

from datetime import datetime

_BEGINNING = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata:
  name: dev
spec:
  source:
    url: {store}
    access: mount
    mount: {{claimName: models}}
  delivery:
    repository: fleet.git
    path: tf-serving
"""

_ONE_POD = """\
  serving:
    image: tensorflow/serving:2.19.1
    namespace: tf-serving-dev
    replicas: 1
  policy:
    - match: "*"
      versions: {{pin: [1]}}
      labels: {{stable: 1}}
"""

_WAVES = """\
    onFailure: commit
  serving:
    image: tensorflow/serving:2.19.1
    namespace: tf-serving-dev
    replicas: {pods}
    agent: true
    polling: {{config: 1, files: 1}}
    rollout: {{first: 1, soak: {soak}s, then: one-by-one}}
  policy:
    - match: "*"
      versions: {{latest: 1}}
      labels: {{stable: latest}}
"""

_FREEZE = """\
apiVersion: tfs-gitops/v1
kind: Freeze
spec:
  freezes:
    - environments: [dev]
      until: {until}
      who: "@acme/ml-leads"
      why: the week of the sale
"""


def of_one_pod(store: str) -> str:
    """Return an environment of one pod without an agent, whose policy pins version 1."""
    return (_BEGINNING + _ONE_POD).format(store=store)


def of_waves(store: str, pods: int, soak: int) -> str:
    """Return an environment of *pods* whose agents make waves; a trial takes *soak* seconds."""
    return (_BEGINNING + _WAVES).format(store=store, pods=pods, soak=soak)


def with_window(environment: str, hour: int) -> str:
    """Return the environment with a window of one hour a day, which opens at *hour* (UTC)."""
    place = "    path: tf-serving\n"
    window = f"    windows:\n      - {{cron: 0 {hour} * * *, duration: 1h, timezone: UTC}}\n"
    return environment.replace(place, place + window)


def freeze(until: datetime) -> str:
    """Return a freeze of the environment."""
    return _FREEZE.format(until=until.isoformat())
