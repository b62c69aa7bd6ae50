"""The examination: what is looked at, once each, and in which order."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace

from generator.catalog.events.ports import QueueAddress
from generator.catalog.evidence import InventoryError, Snapshot
from generator.catalog.location import InventoryAddress
from generator.catalog.warned import Warned
from generator.delivery.branch_rules import BranchRules
from generator.environment.environment import Choice, Events
from generator.errors import InvalidInputError, PublishError, StoreError
from generator.lock import branch as lock_branch
from generator.lock import paths
from generator.status.doctor.examination import examine
from generator.status.doctor.ports import Machine
from tests.kit.memory_run import InMemory, MemoryBranch

MACHINE = Machine("1", "3", None, None, is_shared=False, code_owners=None)


class Pushed(MemoryBranch):
    """A branch that counts trials, and may refuse them."""

    trials = 0
    refuses = False

    def try_push(self):
        """Count."""
        self.trials += 1
        if self.refuses:
            raise PublishError("fleet.git: it is protected", hint="ask its owner")


@dataclass
class World(InMemory):
    """A world in memory, with a forge."""

    warned: tuple = ()
    rules: BranchRules | PublishError | None = None
    asked: list = field(default_factory=list)
    public: bool | None = None
    tried: list = field(default_factory=list)
    denied: StoreError | None = None
    opened: list = field(default_factory=list)
    lacking: InvalidInputError | None = None
    unusable: InventoryError | StoreError | None = None
    has_issues: bool | PublishError | None = True

    def add(self, name, *, mode="commit", **more):
        """Add an environment."""
        super().add(name, **more)
        one = self.environments[name]
        self.environments[name] = replace(one, delivery=replace(one.delivery, mode=mode))
        self.repositories = {
            place: branch if isinstance(branch, Pushed) else Pushed()
            for place, branch in self.repositories.items()
        }

    @property
    def names(self):
        """All environments."""
        return tuple(self.environments)

    def try_queue(self, address):
        """Do it."""
        self.tried.append(address)
        if self.denied:
            raise self.denied

    def inventories(self, source):
        """Open them."""
        self.opened.append(source.inventory.url)
        if self.lacking:
            raise self.lacking
        return self

    def newest(self, since, now):
        """Return one that was begun an hour before *now*, or raise what the test has set."""
        if self.unusable:
            raise self.unusable
        assert since < now
        return Snapshot("manifest.json", "x", now - timedelta(hours=1))

    def is_public(self, _):
        """Return what the test has set."""
        return self.public

    def has_forge(self, _):
        """Whether there is one."""
        return self.rules is not None

    def forge(self, delivery):
        """Open it."""
        self.asked.append(delivery.repository)
        if not isinstance(self.rules, BranchRules):
            raise self.rules or PublishError("there is no forge", hint="name one")
        return self

    def branch_rules(self):
        """Return what the test has set."""
        return self.rules

    def issues(self, _):
        """Open them."""
        return self

    def are_on(self):
        """Return what the test has set."""
        if isinstance(self.has_issues, PublishError):
            raise self.has_issues
        return self.has_issues

    def uncommitted(self, *_):
        """Return what the test has set."""
        return self.warned


def world(*names, **more):
    """Return a world with environments, whose bucket has a version."""
    made = World()
    for name in names:
        made.add(name, **more)
    made.buckets["s3://one"].publish("a", 1)
    return made


def found(world, *names):
    """Return the checks of each environment with their levels."""
    return {
        name: [(finding.check, str(finding.level)) for finding in findings]
        for name, findings in examine(names or world.names, world, MACHINE)
    }


def test_what_a_sync_needs_is_looked_at_from_the_policy_to_the_push():
    """Each line once, and all of them ok."""
    one = world("dev")

    assert found(one)["dev"] == [
        (check, "ok") for check in ("policy", "store", "repository", "push", "review", "transport")
    ]
    assert not one.repositories["fleet.git"].files


def test_a_queue_is_tried_and_one_that_is_denied_is_a_warning():
    """A sync works without it; what it says is told once for all environments of it."""
    one = world("dev", "prod")
    for name, it in one.environments.items():
        source = replace(it.source, events=Events("https://queue"))
        one.environments[name] = replace(it, source=source)

    assert dict(found(one)["dev"])["queue"] == "ok"
    assert one.tried == [QueueAddress("https://queue")]
    one.denied = StoreError("https://queue: AccessDenied")
    assert dict(found(one)["prod"])["queue"] == "warn"


@pytest.mark.parametrize("unusable", [InventoryError("it has none"), StoreError("AccessDenied")])
def test_an_inventory_is_looked_at_and_one_that_cannot_be_used_is_a_warning(unusable):
    """A sync works without it; what it says is told once for all environments of it."""
    one = world("dev", "prod", inventory=InventoryAddress("s3://lists/inventory/one/daily"))

    assert dict(found(one)["prod"])["inventory"] == "ok"
    assert len(one.opened) == 1
    one.unusable = unusable
    assert dict(found(one)["dev"])["inventory"] == "warn"


def test_an_inventory_without_its_libraries_fails_as_a_sync_does():
    """With its exit code."""
    one = world("dev", inventory=InventoryAddress("s3://lists/inventory/one/daily"))
    one.lacking = InvalidInputError("it needs duckdb", hint="install it")

    [told] = [
        it for _, its in examine(["dev"], one, MACHINE) for it in its if it.check == "inventory"
    ]

    assert (told.level, told.exit_code) == ("fail", InvalidInputError.exit_code)


def test_a_bucket_that_anybody_lists_is_named():
    """That nobody knows, or that it says no, is no line: who may write it is asked for anyway."""
    told = {}
    for public in (True, False, None):
        one = world("dev")
        one.public = public
        told[public] = dict(found(one)["dev"]).get("bucket")

    assert told == {True: "warn", False: None, None: None}


def test_what_environments_share_is_looked_at_once():
    """A store and a repository behind the network take their time."""
    one = world("dev", "prod")
    one.rules = BranchRules(may_write=True, is_protected=False)
    told = found(one)

    assert told["dev"] == told["prod"]
    assert one.buckets["s3://one"].listings == 1
    assert one.repositories["fleet.git"].fetches == 1
    assert one.repositories["fleet.git"].trials == 1
    assert one.asked == ["fleet.git"]


def test_a_policy_that_does_not_load_is_told_first_and_stops_no_other():
    """There is nothing else to be looked at for it."""
    one = world("dev")

    assert next(iter(found(one, "dev", "broken").items())) == ("broken", [("policy", "fail")])
    assert len(found(one, "dev", "broken")["dev"]) > 1


def test_environments_come_in_the_order_of_from():
    """And the last of them is that of the whole project, whichever are looked at."""
    one = world("dev", "prod", "staging")
    one.add("staging", versions=Choice(latest=1, source="dev"))
    one.add("prod", versions=Choice(latest=1, source="staging"))

    assert list(found(one)) == ["dev", "staging", "prod"]
    assert ("review", "ok") in found(one, "staging")["staging"]
    assert ("review", "warn") in found(one, "prod")["prod"]


def test_a_store_that_fails_hides_nothing_of_the_rest():
    """All that is wrong is told in one run."""
    one = world("dev")
    one.buckets["s3://one"].broken = True
    one.repositories["fleet.git"].refuses = True

    told = dict(found(one)["dev"])

    assert (told["store"], told["repository"], told["push"]) == ("fail", "ok", "fail")


def test_a_repository_that_cannot_be_read_is_not_pushed_to():
    """One cause, one line."""
    one = world("dev")
    del one.repositories["fleet.git"]

    told = dict(found(one)["dev"])

    assert told["repository"] == "fail"
    assert "push" not in told


def test_a_forge_is_needed_for_pull_requests_and_asked_for_commits_where_it_is_known():
    """What it does not answer stops a pull request, and leaves a commit's rules unknown."""
    refused = PublishError("there is no token for it", hint="set one")
    told = {}
    for mode in ("commit", "pull-request"):
        for rules in (None, refused, BranchRules(may_write=True, needs_review=mode != "commit")):
            one = world("dev", mode=mode)
            one.rules = rules
            told[mode, type(rules).__name__] = dict(found(one)["dev"]).get("forge")

    assert told == {
        ("commit", "NoneType"): None,
        ("commit", "PublishError"): "warn",
        ("commit", "BranchRules"): "ok",
        ("pull-request", "NoneType"): "fail",
        ("pull-request", "PublishError"): "fail",
        ("pull-request", "BranchRules"): "ok",
    }


@pytest.mark.parametrize(
    ("issues", "level"),
    [(True, "ok"), (None, "warn"), (False, "fail"), (PublishError("it is silent"), "fail")],
)
def test_a_dashboard_needs_issues_and_nobody_else_is_asked_for_them(issues, level):
    """Whether the token may write them, no forge tells before it does."""
    one = world("dev")
    one.has_issues = issues
    assert "dashboard" not in dict(found(one)["dev"])

    dev = one.environments["dev"]
    one.environments["dev"] = replace(dev, delivery=replace(dev.delivery, dashboard=True))

    assert dict(found(one)["dev"])["dashboard"] == level


def test_a_token_that_may_only_read_fails_where_it_is_to_write():
    """It could open no pull request; a commit goes by the push, which is tried for itself."""
    for mode, level in (("pull-request", "fail"), ("commit", "ok")):
        one = world("dev", mode=mode)
        one.rules = BranchRules(may_write=False)

        assert ("forge", level) in found(one)["dev"]


def test_warnings_of_the_policy_are_told():
    """Those of its file, and that nobody else has it."""
    one = world("dev")
    one.warned = (Warned("uncommitted-policy", "it is not committed"),)
    dev = one.environments["dev"]
    told = Warned("image-not-pinned", "latest"), Warned("insecure-url", "told by transport")
    one.environments["dev"] = replace(dev, warnings=told)

    assert found(one)["dev"].count(("policy", "warn")) == 2


def test_a_lock_that_no_sync_can_read_is_told():
    """The repository can be read and pushed to, and each sync would fail."""
    one = world("dev")
    environment = one.environments["dev"]
    lock = lock_branch.path(environment, paths.lock_path("dev"))
    one.repositories["fleet.git"].files[lock] = b"<<<<<<< ours"

    assert ("lock", "fail") in found(one)["dev"]
