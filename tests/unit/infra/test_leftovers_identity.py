"""Projects and users that an interrupted `up` left: seen by name, never deleted while anybody has a role."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from openstack.identity.v3.project import Project
from openstack.identity.v3.role_assignment import RoleAssignment
from openstack.identity.v3.user import User

from infra.leftovers import identity
from infra.leftovers.decide import decide
from infra.leftovers.wanted import Wanted, Why
from tests.faults.inventory import made_by_provider
from tests.faults.project import identities

# openstacksdk's own way of saying so, about itself.
pytestmark = pytest.mark.filterwarnings("ignore:The _compute_attributes")

PROJECT, USER = "openstack:identity/project:Project", "openstack:identity/user:User"


class Identity:
    """Answers lists; remembers in which domain it was asked, and what was deleted."""

    def __init__(self, *roles: tuple[str, str]) -> None:
        self.roles, self.asked, self.deleted = roles, list[str](), list[tuple[str, str]]()

    def role_assignments(self) -> list[Any]:
        return [
            RoleAssignment.existing(scope={"project": {"id": project}}, user={"id": user}, role={"id": "r"})
            for project, user in self.roles
        ]

    def projects(self, domain_id: str) -> list[Any]:
        self.asked.append(domain_id)
        names = {
            "p1": "local-space-alpha",
            "p2": "local-base-stays",
            "p3": "local-platform",
            "p4": "full-space-a",
        }
        return [
            Project.existing(id=it, name=name, description="d", tags=["env=local"])
            for it, name in names.items()
        ]

    def users(self, domain_id: str) -> list[Any]:
        self.asked.append(domain_id)
        names = {"u1": "local-space-alpha", "u2": "hdh-manager", "u3": "hdh-platform"}
        return [User.existing(id=it, name=name, description="d") for it, name in names.items()]

    def delete_project(self, number: str) -> None:
        self.deleted.append(("project", number))

    def delete_user(self, number: str) -> None:
        self.deleted.append(("user", number))


def manager(*roles: tuple[str, str]) -> Any:
    access = SimpleNamespace(domain_id="domain")
    session = SimpleNamespace(auth=SimpleNamespace(get_access=lambda session: access))  # noqa: ARG005
    return SimpleNamespace(identity=Identity(*roles), session=session, current_user_id="u2")


def wanted(kind: str) -> Wanted:
    said = {"name": "local-space-alpha", "description": "d", "tags": ["env=local"]}
    said = said if kind == PROJECT else {"name": "local-space-alpha", "description": "d"}
    return Wanted(f"urn:pulumi:s::hdh::{kind}::local-space-alpha", kind, said, Why.PENDING)


def test_only_the_environments_own_are_seen() -> None:
    us = manager()
    assert [(it.type, it.name) for it in identity.listed(us, "local")] == [
        (PROJECT, "local-space-alpha"),
        (PROJECT, "local-base-stays"),
        (USER, "local-space-alpha"),
    ]
    assert us.identity.asked == ["domain", "domain"]


def test_what_was_being_made_goes_unless_somebody_has_a_role_there() -> None:
    both = [wanted(PROJECT), wanted(USER)]
    free = decide(both, list(identity.listed(manager(), "local")), None)
    assert [it.found.id for it in free.delete] == ["p1", "u1"]
    used = decide(both, list(identity.listed(manager(("p1", "u1")), "local")), None)
    assert not used.delete
    assert [it.refused for it in used.refuse] == ["somebody has a role in it", "it has a role"]


def test_each_is_deleted_as_what_it_is() -> None:
    us = manager()
    for found in identity.listed(us, "local"):
        identity.delete(us, found)
    assert us.identity.deleted == [("project", "p1"), ("project", "p2"), ("user", "u1")]


def test_the_judge_sees_every_one_that_the_sessions_do_not_use() -> None:
    cloud = SimpleNamespace(current_project_id="p3", current_user_id="u3")
    left = {str(it) for it in identities(cloud, manager()) if not made_by_provider(it)}
    assert left == {
        "project local-space-alpha (p1)",
        "project local-base-stays (p2)",
        "project full-space-a (p4)",
        "user local-space-alpha (u1)",
    }
