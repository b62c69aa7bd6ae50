"""How GitHub writes users, repositories, pull requests and comments.

They have all that GitHub's description requires. Counts, and what generator/forge does not
read, are as of an empty repository.
"""

from typing import Any

from tests.servers.forge import CREATED, Posted, Pull
from tests.servers.github_state import GitHub

_OF_A_REPOSITORY = (
    *("assignees", "branches", "collaborators", "comments", "commits", "compare", "contents"),
    *("contributors", "deployments", "downloads", "events", "forks", "hooks", "issues", "keys"),
    *("labels", "languages", "merges", "milestones", "notifications", "pulls", "releases"),
    *("stargazers", "statuses", "subscribers", "subscription", "tags", "teams"),
)
_OF_A_USER = (
    *("events", "followers", "following", "gists", "organizations", "received_events", "repos"),
    *("starred", "subscriptions"),
)
_LINKS = ("comments", "commits", "html", "issue", "review_comment", "review_comments", "statuses")
_STRANGER = 8


def user(state: GitHub, login: str, number: int, kind: str = "User") -> dict[str, Any]:
    """Return a user or an organization."""
    url = f"{state.api_url}/users/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"{state.url}/avatars/{number}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{state.url}/{login}",
        **{f"{name}_url": f"{url}/{name}" for name in _OF_A_USER},
        "type": kind,
        "site_admin": False,
    }


def repository(state: GitHub, *, whole: bool = True) -> dict[str, Any]:
    """Return the repository; not *whole*, as it is in a pull request."""
    owner = user(state, state.owner, 1, "Organization")
    shared = _shared(state, state.project, 1, owner) | {
        "allow_merge_commit": "MERGE" in state.allows,
        "allow_squash_merge": "SQUASH" in state.allows,
        "allow_rebase_merge": "REBASE" in state.allows,
    }
    if whole:
        return shared | {
            "network_count": 0,
            "subscribers_count": 0,
            "organization": owner,
            "permissions": {"admin": False, "push": state.may_write, "pull": True},
        }
    return shared


def pull_request(state: GitHub, pull: Pull) -> dict[str, Any]:
    """Return a pull request, as it is when asked for alone."""
    merged = pull.state == "merged"
    listed = short(state, pull)
    return listed | {
        # Here they do not say which team they are part of.
        "requested_teams": [
            {key: value for key, value in team.items() if key != "parent"}
            for team in listed["requested_teams"]
        ],
        "merged": merged,
        "mergeable": None,
        "mergeable_state": "unknown",
        "merged_by": user(state, state.author, 9) if merged else None,
        "comments": len(pull.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": 1,
        "additions": 1,
        "deletions": 0,
        "changed_files": 1,
    }


def short(state: GitHub, pull: Pull) -> dict[str, Any]:
    """Return a pull request, as it is in a list."""
    root, merged = f"{state.api_url}/repos/{state.project}", pull.state == "merged"
    url, html = f"{root}/pulls/{pull.number}", f"{state.url}/{state.project}/pull/{pull.number}"
    urls = {
        "html_url": html,
        "issue_url": f"{root}/issues/{pull.number}",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{root}/pulls/comments{{/number}}",
        "comments_url": f"{root}/issues/{pull.number}/comments",
        "statuses_url": f"{root}/statuses/{pull.sha}",
    }
    return urls | {
        "url": url,
        "id": 1000 + pull.number,
        "node_id": f"PR_{pull.number}",
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "number": pull.number,
        "state": "open" if pull.state == "open" else "closed",
        "locked": False,
        "title": pull.title,
        "user": user(state, state.author, 9),
        "body": pull.body or None,
        "labels": [label(state, name) for name in pull.labels],
        "milestone": None,
        "created_at": CREATED,
        "updated_at": CREATED,
        "closed_at": None if pull.state == "open" else CREATED,
        "merged_at": CREATED if merged else None,
        "merge_commit_sha": pull.sha if merged else None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [
            user(state, name, state.users[name]) for name in pull.reviewers if "/" not in name
        ],
        "requested_teams": [_team(state, name) for name in pull.reviewers if "/" in name],
        "head": _head(state, pull),
        "base": _side(state, f"{state.owner}:{pull.base}", state.tip(pull.base)),
        "_links": {"self": {"href": url}}
        | {name: {"href": urls[f"{name}_url"]} for name in _LINKS},
        "author_association": "CONTRIBUTOR",
        "auto_merge": _automatic(state, pull),
    }


def branch(state: GitHub, name: str) -> dict[str, Any]:
    """Return a branch, with the commit at its tip."""
    root, html = f"{state.api_url}/repos/{state.project}", f"{state.url}/{state.project}"
    sha = state.tip(name) or ""
    url = f"{root}/branches/{name}"
    commit = f"{root}/commits/{sha}"
    return {
        "name": name,
        "commit": {
            "sha": sha,
            "node_id": "C_1",
            "url": commit,
            "html_url": f"{html}/commit/{sha}",
            "comments_url": f"{commit}/comments",
            "commit": {
                "url": f"{root}/git/commits/{sha}",
                "author": None,
                "committer": None,
                "message": "a commit",
                "comment_count": 0,
                "tree": {"sha": sha, "url": f"{root}/git/trees/{sha}"},
            },
            "author": user(state, state.author, 9),
            "committer": user(state, state.author, 9),
            "parents": [],
        },
        "_links": {"html": f"{html}/tree/{name}", "self": url},
        "protected": state.protected,
        "protection": {"enabled": state.protected},
        "protection_url": f"{url}/protection",
    }


def status(state: GitHub, sha: str, posted: Posted, number: int) -> dict[str, Any]:
    """Return a status of a commit."""
    return {
        "url": f"{state.api_url}/repos/{state.project}/statuses/{sha}",
        "avatar_url": None,
        "id": number,
        "node_id": f"SC_{number}",
        "state": posted.state,
        "description": posted.description,
        "target_url": None,
        "context": posted.context,
        "created_at": CREATED,
        "updated_at": CREATED,
        "creator": user(state, posted.by, _STRANGER),
    }


def check_run(state: GitHub, sha: str, posted: Posted, number: int) -> dict[str, Any]:
    """Return a run of a check; one that is in progress has no conclusion."""
    url = f"{state.api_url}/repos/{state.project}/check-runs/{number}"
    is_over = posted.state != "in_progress"
    return {
        "id": number,
        "head_sha": sha,
        "node_id": f"CR_{number}",
        "external_id": "",
        "url": url,
        "html_url": f"{state.url}/{state.project}/runs/{number}",
        "details_url": None,
        "status": "completed" if is_over else "in_progress",
        "conclusion": posted.state if is_over else None,
        "started_at": CREATED,
        "completed_at": CREATED if is_over else None,
        "output": {
            "title": posted.description,
            "summary": None,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{url}/annotations",
        },
        "name": posted.context,
        "check_suite": None,
        "app": _app(state, posted.by),
        "pull_requests": [],
    }


def label(state: GitHub, name: str) -> dict[str, Any]:
    """Return a label."""
    return {
        "id": 1,
        "node_id": "LA_1",
        "url": f"{state.api_url}/repos/{state.project}/labels/{name.replace(' ', '%20')}",
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }


def comment(state: GitHub, pull: Pull, number: int) -> dict[str, Any]:
    """Return one of the comments on a pull request, by its number there."""
    root = f"{state.api_url}/repos/{state.project}/issues"
    return {
        "id": number,
        "node_id": f"IC_{number}",
        "url": f"{root}/comments/{number}",
        "html_url": f"{state.url}/{state.project}/pull/{pull.number}#issuecomment-{number}",
        "issue_url": f"{root}/{pull.number}",
        "body": pull.comments[number - 1],
        "user": user(state, state.author, 9),
        "created_at": CREATED,
        "updated_at": CREATED,
        "author_association": "CONTRIBUTOR",
    }


def _shared(state: GitHub, project: str, number: int, owner: dict[str, Any]) -> dict[str, Any]:
    """Return what every form of a repository has."""
    url, html = f"{state.api_url}/repos/{project}", f"{state.url}/{project}"
    return {
        "id": number,
        "node_id": f"R_{number}",
        "name": project.partition("/")[2],
        "full_name": project,
        "owner": owner,
        "private": True,
        "html_url": html,
        "description": None,
        "fork": number != 1,
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in _OF_A_REPOSITORY},
        "archive_url": f"{url}/{{archive_format}}{{/ref}}",
        **{f"{name}_url": f"{url}/git/{name}" for name in ("blobs", "trees")},
        **{f"git_{name}_url": f"{url}/git/{name}" for name in ("commits", "refs", "tags")},
        "issue_comment_url": f"{url}/issues/comments{{/number}}",
        "issue_events_url": f"{url}/issues/events{{/number}}",
        "clone_url": f"{html}.git",
        "git_url": f"{html}.git",
        "ssh_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": "main",
        **dict.fromkeys(("archived", "disabled"), False),
        "has_issues": state.has_issues,
        **{f"has_{name}": False for name in ("discussions", "downloads", "pages")},
        **{f"has_{name}": False for name in ("projects", "wiki")},
        **dict.fromkeys(("forks", "open_issues", "size", "watchers"), 0),
        **{f"{name}_count": 0 for name in ("forks", "open_issues", "stargazers", "watchers")},
        **{f"{event}_at": CREATED for event in ("created", "pushed", "updated")},
    }


def _head(state: GitHub, pull: Pull) -> dict[str, Any]:
    if not pull.fork:
        return _side(state, state.label(pull), pull.sha)
    owner = user(state, pull.fork, _STRANGER)
    repo = _shared(state, f"{pull.fork}/copy", 2, owner)
    return _side(state, state.label(pull), pull.sha) | {"user": owner, "repo": repo}


def _side(state: GitHub, name: str, sha: str | None) -> dict[str, Any]:
    repo = repository(state, whole=False)
    return {
        "label": name,
        "ref": name.partition(":")[2],
        "sha": sha,
        "user": repo["owner"],
        "repo": repo,
    }


def _team(state: GitHub, name: str) -> dict[str, Any]:
    slug = name.partition("/")[2]
    url = f"{state.api_url}/organizations/1/team/1"
    return {
        "id": 1,
        "node_id": "T_1",
        "url": url,
        "html_url": f"{state.url}/orgs/{state.owner}/teams/{slug}",
        "name": slug,
        "slug": slug,
        "description": None,
        "permission": "push",
        "type": "organization",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "parent": None,
    }


def _automatic(state: GitHub, pull: Pull) -> dict[str, Any] | None:
    if pull.automatic is None:
        return None
    return {
        "enabled_by": user(state, state.author, 9),
        "merge_method": pull.automatic.lower(),
        "commit_title": pull.title,
        "commit_message": "",
    }


def _app(state: GitHub, slug: str) -> dict[str, Any]:
    """Return an app of GitHub."""
    return {
        "id": 1,
        "slug": slug,
        "node_id": "A_1",
        "owner": user(state, slug, _STRANGER),
        "name": slug,
        "description": None,
        "external_url": state.url,
        "html_url": f"{state.url}/apps/{slug}",
        "created_at": CREATED,
        "updated_at": CREATED,
        "permissions": {},
        "events": [],
    }
