"""The verdict on one model of one server, and what to do about it.

A model has the first of these that holds:

`unknown`: the server did not answer for it, or not as TensorFlow Serving does.
`stuck`: a version that Git names failed and none is left that serves or loads, while one that
    Git does not name serves on. The server postpones all that follows (W7).
`failed`: a version that Git names ended with an error. The server does not try it again.
    Beside an agent: it failed in this pod, or in another one of its template for which it is not
    taken here, or its data could not be fetched; tried again.
`loading`: a version that Git names is on its way to AVAILABLE, retries included.
`stepping`: Git says more than the server has, and the agent beside it is on its way there.
`behind`: a version is missing or too many, or a label answers from elsewhere, and what Git says
    of the model came to the branch within `delivery.settle`: a server may lag that long.
`stuck`: the same, and longer ago. The file did not reach the server, or it refuses the file at
    every poll, or its poll hangs (W1 to W6): it does not tell which.
`failed`: all is as Git says, and the server refuses a probe.
`wedged`: all is as Git says, no agent stands beside the server, and it still tells of a version
    that failed to load. If that replaced all others, the server postpones what comes next (W7).
`in-sync`: exactly the versions that Git names are AVAILABLE, and each label answers from its own.
"""

from generator.text.explained import ExplainedCode


class Verdict(ExplainedCode):
    """The state of a model on a server, compared with Git. docs/status.md has the same table."""

    IN_SYNC = (
        "in-sync",
        "the server serves what Git says",
        "",
    )
    LOADING = (
        "loading",
        "the server is loading a version that Git names",
        "wait; a load that fails is tried again for some minutes",
    )
    STEPPING = (
        "stepping",
        "the agent of the pod is on its way to what Git says",
        "wait; it says what for",
    )
    BEHIND = (
        "behind",
        "what Git says is newer than `delivery.settle`, and not served yet",
        "wait, or ask with `--wait`",
    )
    FAILED = (
        "failed",
        "a version that Git names did not come or load, here or in another pod, or fails its probe",
        "take it out of the policy (`tfs-gitops rollback`) and publish a repaired version",
    )
    STUCK = (
        "stuck",
        "what Git says is older than `delivery.settle`, and not served",
        "see that the commit is applied, and the pod's log for ReloadConfig; then delete the pod",
    )
    WEDGED = (
        "wedged",
        "all is as Git says, and the server still tells of a version that failed to load",
        "restart this pod before the next change: it may never load another version of the model",
    )
    UNKNOWN = (
        "unknown",
        "the server does not answer, or not as TensorFlow Serving does",
        "see that the URL is a REST port, and that the pod runs: it answers when all is loaded",
    )


REPLACED_BY_A_FAILURE = (
    "roll back to a version that loads (`tfs-gitops rollback`) and, when that is merged, delete "
    "the pod: a new one does not start before"
)
"""The remedy for W7. A restart comes too early while the file names what does not load."""

UNFETCHED = (
    "let the agent read the store, or publish the version again; it is tried again by itself"
)
"""The remedy for data that does not come to the pod."""

NOT_IN_THE_POD = "see that Flux or Argo CD has applied the commit: the pod does not have it"
"""The remedy for a commit that is older than the settle time, and not in the pod."""

NOT_REPLACED = (
    "see `kubectl rollout status`, and why a new pod is not ready: the old ones serve on until then"
)
"""The remedy for a pod of `reload: rolling` that should have been replaced by now."""

HINDERED = "mend what the agent tells of; it goes on by itself"
"""The remedy for an agent that cannot work."""

SILENT = "see that the pod runs and the port can be reached, or name the agent with `--agent`"
"""The remedy for an agent that does not answer."""

REFUSED_PROBE = (
    "compare the probe with the signature that GET …/metadata shows; if it is right, roll back"
)

NO_CLUSTER = "see that `kubectl get pods` answers; --context names another cluster"
"""The remedy for a cluster that cannot be asked."""

NO_POD = "see that Flux or Argo CD has applied the overlay, and that --context names its cluster"
"""The remedy for a namespace without pods of the environment."""

NO_WAY = "see `kubectl describe pod`, and the log of its containers"
"""The remedy for a pod that cannot be asked."""
