"""Lists projects, users and roles of our domain, and what the session's own user has given out."""

from __future__ import annotations

from typing import Any

from socle.drift.answers import Unread
from socle.drift.asking import Reader
from socle.drift.thing import Thing, ordered

ROLE_NEEDED = "role reader on our domain"
"""What the listing of projects, users and role assignments asks for."""


def projects(reader: Reader, domain: str) -> list[Thing]:
    """Every project of the domain."""
    return [
        Thing(
            "project",
            str(it["id"]),
            str(it["name"]),
            {
                "name": it["name"],
                "description": it.get("description"),
                "enabled": it["enabled"],
                "tags": ordered(it.get("tags") or ()),
            },
        )
        for it in _all(reader, "/projects", "projects", domain)
    ]


def users(reader: Reader, domain: str) -> list[Thing]:
    """Every user of the domain."""
    return [
        Thing(
            "user",
            str(it["id"]),
            str(it["name"]),
            {
                "name": it["name"],
                "description": it.get("description"),
                "enabled": it["enabled"],
                "default_project_id": it.get("default_project_id"),
                "email": it.get("email"),
            },
        )
        for it in _all(reader, "/users", "users", domain)
    ]


def _all(reader: Reader, path: str, key: str, domain: str) -> list[Any]:
    """Keystone gives all at once, and says so when it left some out."""
    answer = reader.get("identity", path, {"domain_id": domain})
    if not isinstance(answer, dict) or not isinstance(answer.get(key), list):
        raise Unread(f"identity {path}: the answer has no list {key!r}")
    if answer.get("truncated"):
        raise Unread(f"identity {path}: the list is truncated by the service")
    return list(answer[key])


def role_assignments(reader: Reader) -> list[Thing]:
    """Who has which role on what, as far as the session's domain goes."""
    answer = reader.get("identity", "/role_assignments", {"include_names": "true"})
    if not isinstance(answer, dict) or not isinstance(answer.get("role_assignments"), list):
        raise Unread("identity /role_assignments: the answer has no list 'role_assignments'")
    return [_assignment(it) for it in answer["role_assignments"]]


def _assignment(item: Any) -> Thing:
    who = "user" if "user" in item else "group"
    kind = next((it for it in ("project", "domain", "system") if it in item["scope"]), "")
    scope = item["scope"][kind] if kind in ("project", "domain") else {"id": "all", "name": "all"}
    inherited = " inherited" if "OS-INHERIT:inherited_to" in item["scope"] else ""
    number = assignment_id(
        domain=scope["id"] if kind == "domain" else "",
        project=scope["id"] if kind == "project" else kind if kind == "system" else "",
        group=item["group"]["id"] if who == "group" else "",
        user=item["user"]["id"] if who == "user" else "",
        role=item["role"]["id"],
    )
    name = f"{item['role'].get('name', item['role']['id'])} of {who} {item[who].get('name', item[who]['id'])}"
    name += f" in {kind} {scope.get('name', scope['id'])}{inherited}"
    return Thing("role assignment", number + inherited, name, {}, str(scope["id"]))


def assignment_id(*, domain: str, project: str, group: str, user: str, role: str) -> str:
    """As the provider numbers them."""
    return f"{domain}/{project}/{group}/{user}/{role}"


def own(reader: Reader, kind: str, user: str, used: str) -> list[Thing]:
    """What a user gave out that opens the cloud as itself. `used`: the credential of this very session."""
    if used and kind != "application credential":
        # Not asked: Keystone refuses it to delegated tokens on some of its paths and answers on others.
        raise Unread(f"identity: an application credential may not list {kind}s; its user's own session may")
    path, key = {
        "application credential": (f"/users/{user}/application_credentials", "application_credentials"),
        "EC2 credential": (f"/users/{user}/credentials/OS-EC2", "credentials"),
        "trust": ("/OS-TRUST/trusts", "trusts"),
    }[kind]
    answer = reader.get("identity", path, {"trustor_user_id": user} if kind == "trust" else None)
    if not isinstance(answer, dict) or not isinstance(answer.get(key), list):
        raise Unread(f"identity {path}: the answer has no list {key!r}")
    found = []
    for it in answer[key]:
        number = str(it.get("id") or it.get("access"))
        guest = "this session's own" if number == used else ""
        fields = {
            "expires_at": it.get("expires_at"),
            "unrestricted": it.get("unrestricted", False),
            "roles": ordered(role.get("name") or role["id"] for role in it.get("roles") or ()),
        }
        name = str(it.get("name") or "")
        found.append(Thing(kind, number, name, fields, user, guest))
    return found
