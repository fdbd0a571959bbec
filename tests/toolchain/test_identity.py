"""A space's identity by plain `pulumi` and our provider, as a domain's manager, on a stand-in for Keystone.

The program is the components themselves. What Keystone demands of a manager is the stand-in's to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.toolchain.conftest import Stack
from tests.toolchain.machine import ROOT
from tests.unit.socle.keystone import DOMAIN, MANAGER, MANAGERS, Keystone, RefusedError, Token, standing

PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import pulumi
import pulumi_openstack as openstack
from infra.components.identity import Identity, IdentityArgs
from infra.components.labels import Labels
from infra.components.project import Project, ProjectArgs, domain_of, role_of

said = pulumi.Config()
manager = openstack.Provider("manager", cloud="customer", region="R")
opts = pulumi.ResourceOptions(providers=[manager])
domain, labels = domain_of(manager), Labels("local", "space", "team", "spaces", "health", "alpha")
base = Project(ProjectArgs("local-base-stays", labels, "Who may read the base", domain), opts)
if not said.get_bool("closed"):
    reads = {{}} if said.get_bool("nothing") else {{"local-base-stays": base.project_id}}
    enabled = not said.get_bool("frozen")
    name, role = "local-space-alpha", role_of(manager, "reader")
    Identity(IdentityArgs(name, labels, "A space of a test", domain, role, reads, enabled), opts)
"""


@dataclass
class Delegating(Keystone):
    """What it lets a domain's manager make."""

    made: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"projects": {}, "users": {}})
    given: set[tuple[str, str, str]] = field(default_factory=set)
    bodies: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any, token: str) -> Any:
        self.bodies.append(json.dumps(body or {}))
        if (method, path) == ("GET", "/v3/auth/tokens"):
            self.who(token)
            scope = {
                "domain": {"id": DOMAIN, "name": "hdh"},
                "user": {"id": MANAGER, "name": "m", "domain": {"id": DOMAIN}},
            }
            return 200, {"token": {**scope, "methods": ["password"], "catalog": [], "roles": []}}
        if found := re.fullmatch(r"/v3/(projects|users)(?:/([^/]+))?", path):
            return self.thing(method, found[1], found[2], body, self.manager(token))
        if path == "/v3/roles":
            self.manager(token)
            return 200, {"roles": [{"id": "reader-id", "name": query["name"][0]}]}
        if found := re.fullmatch(r"/v3/projects/([^/]+)/users/([^/]+)/roles/(.+)", path):
            self.manager(token)
            change = self.given.add if method == "PUT" else self.given.discard
            change((found[1], found[2], found[3]))
            return 204, None
        if found := re.fullmatch(r"/v3/projects/([^/]+)/users/([^/]+)/roles", path):
            self.manager(token)
            roles = [role for project, user, role in self.given if (project, user) == found.groups()]
            return 200, {"roles": [{"id": role, "name": "reader"} for role in roles], "links": {}}
        return super().answer(method, path, query, body, token)

    def manager(self, token: str) -> Token:
        who = self.who(token)
        if who.scope != {"domain": {"id": DOMAIN}}:
            raise RefusedError(403)
        return who

    def thing(self, method: str, kind: str, number: str | None, body: Any, _who: Token) -> Any:
        known, one = self.made[kind], kind.removesuffix("s")
        if method == "POST":
            said = body[one]
            if said.get("domain_id") != DOMAIN:
                raise RefusedError(403)  # policy: a manager's, of the domain that the request names
            if any(it["name"] == said["name"] for it in known.values()):
                raise RefusedError(409)
            number = f"{one}-{len(known) + 1}"
            more = (
                {"is_domain": False, "parent_id": DOMAIN, "tags": []}
                if one == "project"
                else {"password_expires_at": None}
            )
            known[number] = {
                "id": number,
                "enabled": True,
                "description": "",
                "options": {},
                "links": {},
                **more,
                **said,
            }
            return 201, {one: known[number]}
        if number not in known:
            raise RefusedError(404)
        if method == "DELETE":
            del known[number]
            return 204, None
        if method == "PATCH":
            known[number] |= body[one]
        return 200, {one: known[number]}


@pytest.fixture
def keystone() -> Iterator[Delegating]:
    with standing(Delegating()) as found:
        assert isinstance(found, Delegating)
        yield found


@pytest.fixture
def stack(tiny: Callable[[str], Stack], keystone: Delegating, tmp_path: Path) -> Stack:
    auth = {"auth_url": f"{keystone.url}/v3", "username": "manager", "password": MANAGERS}
    auth |= {"user_domain_name": "hdh", "domain_name": "hdh"}
    entry = {"auth": auth, "region_name": "R", "interface": "public", "identity_api_version": "3"}
    clouds = tmp_path / "clouds.yaml"
    clouds.write_text(
        json.dumps({"clouds": {"customer": entry, "platform": {"auth": {"auth_url": "http://127.0.0.1:9"}}}})
    )
    made = tiny(PROGRAM)
    return replace(made, env={**made.env, "OS_CLIENT_CONFIG_FILE": str(clouds), "OS_CLOUD": "platform"})


def up(stack: Stack, *said: str) -> None:
    for key in said:
        stack.pulumi("config", "set", key, "true")
    done = stack.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr


def settled(stack: Stack) -> None:
    for words in (("preview", "--expect-no-changes"), ("refresh", "--preview-only", "--expect-no-changes")):
        done = stack.pulumi(*words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_space_is_made_frozen_and_closed_by_the_manager(stack: Stack, keystone: Delegating) -> None:
    up(stack)
    (user,) = keystone.made["users"].values()
    names = {one["name"]: number for number, one in keystone.made["projects"].items()}
    assert (user["name"], user["enabled"]) == ("local-space-alpha", True)
    assert keystone.given == {(number, user["id"], "reader-id") for number in names.values()}
    assert sorted(names) == ["local-base-stays", "local-space-alpha"]
    assert not [
        body
        for body in keystone.bodies
        if '"user": {' in body and '"password"' in body and MANAGERS not in body
    ]
    settled(stack)
    # A renewal's password is no drift.
    user |= {"password_expires_at": "2099-01-01T00:00:00.000000"}
    settled(stack)
    up(stack, "frozen")
    assert (user["enabled"], len(keystone.given)) == (False, 2)
    settled(stack)
    up(stack, "nothing")
    assert keystone.given == {(names["local-space-alpha"], user["id"], "reader-id")}
    up(stack, "closed")
    assert not keystone.made["users"]
    assert [one["name"] for one in keystone.made["projects"].values()] == ["local-base-stays"]
    state = stack.pulumi("stack", "export").stdout
    assert MANAGERS not in state, "the manager's password came into the state"
