"""The checklist: what people set where no sync and no environment can, and what it keeps away."""

from collections.abc import Iterator

from msgspec import Struct

from generator.status.doctor.finding import Finding


class Duty(Struct, frozen=True):
    """One thing that people set, outside of this program."""

    check: str
    """The word of `doctor` for it."""
    question: str
    """Is to be answered with yes."""
    setting: str
    """The way to a yes."""
    otherwise: str
    """The harm that is possible else."""
    is_seen: bool
    """Whether `doctor` looks at it; else it asks."""


BUCKET = Duty(
    "bucket",
    "may exporters alone put objects below the prefix, and nobody replace or delete one?",
    "a bucket policy: s3:PutObject for exporters, each below its own base paths; s3:ListBucket and "
    "s3:GetObject for syncs and pods; versioning on",
    "whoever may write decides what is served where a rule takes the newest version",
    is_seen=False,
)
ROLE = Duty(
    "role",
    "may the default branch alone take the identity of the sync, and only list and read then?",
    "trust `repo:OWNER/NAME:ref:refs/heads/main` in the cloud, and `repo:OWNER/NAME:pull_request` "
    "where previews plan",
    "whoever may push any branch reads every model, and what else the identity may",
    is_seen=False,
)
REVIEW = Duty(
    "review",
    "does the branch that clusters follow take only what was reviewed, but from the sync?",
    "require a pull request and a review for the branch, on the forge",
    "whoever may write the repository decides what pods run",
    is_seen=True,
)
OWNERS = Duty(
    "owners",
    "do environments/ and templates/ have owners, without whom no change of them is merged?",
    "name them in CODEOWNERS, and require owners to approve on the branch",
    "any one person who may approve changes what is served, or the pods themselves",
    is_seen=True,
)
TOKEN = Duty(
    "token",
    "does the token of the sync reach its repository alone, with no more rights than it needs?",
    "the workflow's own token, a fine-grained one, or that of an app: contents and pull requests "
    "of that repository, and an end",
    "whoever reads it writes every repository of the person who made it",
    is_seen=True,
)
TRANSPORT = Duty(
    "transport",
    "does all that is fetched and pushed go over https or ssh?",
    "use https, or ssh",
    "whoever is on the way reads tokens, and changes what is proven",
    is_seen=True,
)
CLUSTER = Duty(
    "cluster",
    "may Flux or Argo CD change the namespaces of models alone, and few people what is there?",
    "`spec.serviceAccountName` of the Kustomization, or an AppProject; RBAC for ConfigMaps and "
    "pods; a network that enforces policies",
    "a commit changes other parts of the cluster, and whoever edits a ConfigMap what is served, "
    "until it is applied again",
    is_seen=False,
)

CHECKLIST = (BUCKET, ROLE, REVIEW, OWNERS, TOKEN, TRANSPORT, CLUSTER)
"""All of it, in the way of a model: from its upload to its pods."""


def asked() -> Iterator[Finding]:
    """Yield what `doctor` cannot see, as questions."""
    for duty in CHECKLIST:
        if not duty.is_seen:
            yield Finding.ask(duty.check, duty.question, duty.setting)
