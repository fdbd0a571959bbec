"""What a run made goes by its name, in an order that can be interrupted; nobody else's goes with it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.spaces import clean as module
from bench.spaces.ground import place
from infra.leftovers import identity
from infra.leftovers.kinds import Found
from socle.env import Environment
from socle.errors import FailureError

PROJECT, USER = "openstack:identity/project:Project", "openstack:identity/user:User"


class Manager:
    """Keystone, as our domain's manager sees it."""

    def __init__(self) -> None:
        self.there = {"fleet-space-s000": "p0", "fleet-space-s001": "p1", "local-space-alpha": "p2"}
        access = SimpleNamespace(domain_id="domain")
        self.session = SimpleNamespace(auth=SimpleNamespace(get_access=lambda _session: access))
        self.identity = self

    def role_assignments(self) -> list[Any]:
        return [SimpleNamespace(scope={"project": {"id": "p0"}}, user={"id": "u0"})]

    def projects(self, domain_id: str) -> list[Any]:
        assert domain_id == "domain"
        return [SimpleNamespace(id=i, name=n, description="", tags=[]) for n, i in self.there.items()]

    def users(self, domain_id: str) -> list[Any]:
        assert domain_id == "domain"
        return []

    def delete_project(self, number: str) -> None:
        self.there = {name: one for name, one in self.there.items() if one != number}


def test_the_cloud_then_identities_then_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    standing = Environment("local", tmp_path, {"SOCLE_STACK": "local-platform"})
    place(standing).mkdir()
    stays = [True]

    def sweep(_cloud: Any, environment: str, say: Any) -> None:
        assert environment == "fleet"
        say("swept")
        if stays.pop():
            raise FailureError("1 things stay in the cloud", "cloud")

    monkeypatch.setattr(module, "sweep", sweep)
    manager, said = Manager(), list[str]()
    cloud = SimpleNamespace(current_project_id="p")
    with pytest.raises(FailureError):
        module.clean(standing, cloud, manager, None, said.append)
    # Without the folder a second run would not know the quotas to put back.
    assert place(standing).exists()
    stays.append(False)
    module.clean(standing, cloud, manager, None, said.append)
    assert list(manager.there) == ["local-space-alpha"]
    assert not place(standing).exists()
    assert said[-2:] == ["removed Project fleet-space-s000", "removed Project fleet-space-s001"]


def test_users_go_as_projects_do() -> None:
    gone: list[str] = []
    manager = SimpleNamespace(identity=SimpleNamespace(delete_project=gone.append, delete_user=gone.append))
    for kind in (PROJECT, USER):
        identity.delete(manager, Found(kind, kind, {"name": "fleet-space-s000"}))
    assert gone == [PROJECT, USER]
