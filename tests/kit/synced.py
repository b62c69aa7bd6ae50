"""What a sync delivered, as tests read it from the origin."""

import json

GENERATED = "tf-serving/overlays/dev/generated"
LOCK = f"{GENERATED}/models.lock.json"


def served(origin, model="a"):
    """Return the version numbers that Git says are served."""
    lock = json.loads(origin.files()[LOCK])
    return [line["version"] for line in lock["models"].get(model, {"versions": []})["versions"]]


def checkout(origin, target):
    """Write the files of main to *target*."""
    for path, data in origin.files().items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
    return target
