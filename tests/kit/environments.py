"""An environment's document with some sections of its own, and the problems that checks find."""

from typing import Any

import yaml

from generator.environment import checks, parse
from generator.environment.environment import Environment

DOCUMENT = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: prod}
spec:
  source: {url: "s3://models", access: mount, mount: {claimName: models}}
  delivery: {repository: "https://git.example/fleet.git"}
  serving: {image: "tensorflow/serving:2.19.1"}
  policy:
    - {match: "*", versions: {latest: 1}}
"""


def environment(**sections: Any) -> Environment:
    """An environment that passes, with keys of its sections replaced; None drops one."""
    document = yaml.load(DOCUMENT, Loader=yaml.CSafeLoader)
    for section, keys in sections.items():
        if section == "policy":
            document["spec"]["policy"] = keys
            continue
        merged = document["spec"][section] | keys
        document["spec"][section] = {k: v for k, v in merged.items() if v is not None}
    rules = document["spec"]["policy"]
    return parse.parse(document, "environments/prod.yaml", tuple(range(9, 9 + len(rules))))


def found(one: Environment) -> list[tuple[str, str]]:
    """The problems: the path with dots, and the sentence."""
    return [(".".join(map(str, path)), text) for path, text in checks.problems(one)]


def refused(one: Environment, path: str, *words: str) -> None:
    """The environment has this problem and no other."""
    ((place, text),) = found(one)
    assert place == path
    for word in words:
        assert word in text


DIRECT: dict[str, Any] = {"access": "direct", "mount": None}


GOOD = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata:
  name: dev
spec:
  source:
    url: s3://models/team
    access: mount
    mount: {driver: s3.csi.aws.com}
  delivery:
    repository: fleet.git
  serving:
    image: tensorflow/serving:2.19.1
  policy:
    - match: "*"
      versions: {latest: 2}
"""
