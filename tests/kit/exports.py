"""Publishing of a model as `tfs-gitops index` does it, and what a sync would find."""

from generator.catalog import full_catalog
from generator.catalog.export import model_folder
from generator.catalog.export.export import publish
from generator.catalog.ports import Silent
from generator.catalog.presence import Presence
from tests.kit.savedmodels import constant

ONE, OTHER, TWO = map(constant, ("one", "ONE", "two"))
LARGE = bytes(range(256)) * 50_000  # 12.8 MB: an upload in several parts
FILES = [
    "resnet/1/assets/wörd list #1.txt",
    "resnet/1/saved_model.pb",
    "resnet/1/variables/variables.data-00000-of-00001",
    "resnet/2/empty",
    "resnet/2/saved_model.pb",
]


def run(model, store, *numbers, upload=True, repair=False):
    """Publish as `tfs-gitops index` does, and return the key of the index."""
    export = model_folder.read(model, numbers)
    return publish(export, "resnet", store, Silent(), upload=upload, repair=repair).index


def objects(store):
    """Return every object of the model by key."""
    return {
        item.key: item for _, found in store.objects(["resnet/1", "resnet/2"]) for item in found
    }


def catalog(store):
    """Return what a sync would find."""
    return full_catalog.prove_all(Presence(store), Silent())


def proven(store):
    """Return the directories that a sync would find complete, and what it would hold."""
    found = catalog(store)
    return [version.path for version in found.versions], found.held, found.warnings
