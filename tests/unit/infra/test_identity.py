"""A space's identity: project, user, roles, and who is let into which container; none without delegation."""

import re
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from infra.specification import SpaceSpecification, load_data, load_space
from tests.unit.infra.program import REFERENCED, Run, run_data, run_space

PROJECT, USER = "openstack:identity/project:Project", "openstack:identity/user:User"
ROLE, CONTAINER = "openstack:identity/roleAssignment:RoleAssignment", "objectstorage/container:Container"
PROFILE = "stacks/profiles/local.yaml"
WHO = "Project/local-space-alpha:User/local-space-alpha"


@pytest.fixture(scope="module")
def made() -> Run:
    return run_space(load_space("local-space-alpha"))


def shared(tree: Path) -> None:
    """The same tables at a provider that delegates no projects."""
    text = (tree / PROFILE).read_text()
    text = text.replace("delegates_projects: true\nproject_manager: customer", "delegates_projects: false")
    (tree / PROFILE).write_text(text)


def in_phase(phase: str) -> SpaceSpecification:
    """The space alpha in this phase, its plan as its table would give it."""
    return load_space("local-space-alpha", override={"phase": phase})


def test_the_user_has_no_password_and_is_a_reader_of_its_own_project_and_of_its_bases(made: Run) -> None:
    (user,) = made.of(USER)
    assert {"password", "extra"} & set(user.inputs) == set()
    assert (user.inputs["name"], user.inputs["domainId"]) == ("local-space-alpha", "domain-id")
    assert user.inputs["enabled"] is True
    assert {(one.inputs["projectId"], one.inputs["roleId"]) for one in made.of(ROLE)} == {
        ("Project/local-space-alpha", "role-reader"),
        ("Project/local-base-hospital-stays", "role-reader"),
    }
    assert {one.inputs["userId"] for one in made.of(ROLE)} == {"User/local-space-alpha"}
    (project,) = made.of(PROJECT)
    assert (project.inputs["domainId"], project.protect) == ("domain-id", False)


def test_nothing_that_opens_anything_is_in_the_state(made: Run) -> None:
    words = re.compile("(password|secret|token)(s|id|value)?$|credential", re.IGNORECASE)
    assert not [key for one in made.made for key in one.inputs if words.search(key)]


def test_its_two_containers_let_in_its_own_user_alone(made: Run) -> None:
    came, goes = made.of(CONTAINER)
    assert (came.name, goes.name) == ("local-alpha-in", "local-alpha-out")
    assert came.inputs["containerRead"] == goes.inputs["containerRead"] == WHO
    assert goes.inputs["containerWrite"] == WHO
    assert "containerWrite" not in came.inputs


def test_the_manager_makes_identities_and_nothing_else(made: Run) -> None:
    for run in (made, run_data(load_data("local-data"))):
        (manager,) = [one for one in run.of("pulumi:providers:openstack") if "cloud" in one.inputs]
        assert manager.inputs["cloud"] == "customer"
        theirs = {one.type for one in run.made if one.provider.startswith(manager.urn)}
        assert theirs <= {PROJECT, USER, ROLE}
        others = {one.type for one in run.made if not one.provider.startswith(manager.urn)}
        assert not others & {PROJECT, USER, ROLE}


def test_a_frozen_spaces_user_cannot_log_in_and_a_closed_one_is_gone(made: Run) -> None:
    frozen, closed = run_space(in_phase("frozen")), run_space(in_phase("closed"))
    (user,) = frozen.of(USER)
    assert user.inputs["enabled"] is False
    assert len(frozen.of(ROLE)) == len(made.of(ROLE))
    assert not [one for kind in (PROJECT, USER, ROLE) for one in closed.of(kind)]
    assert not [one for one in closed.of(CONTAINER) if {"containerRead", "containerWrite"} & set(one.inputs)]
    assert not [one for one in closed.made if "cloud" in one.inputs]


def test_a_provider_without_delegation_is_asked_for_nothing_new(tree: Path) -> None:
    shared(tree)
    for run in (run_space(load_space("local-space-alpha", tree)), run_data(load_data("local-data", tree))):
        assert not [one for kind in (PROJECT, USER, ROLE) for one in run.of(kind)]
        assert not [one for one in run.of(CONTAINER) if {"containerRead", "containerWrite"} & set(one.inputs)]
        assert not [one for one in run.of("pulumi:providers:openstack") if "cloud" in one.inputs]
    assert "openstack:identity/getRole:getRole" not in run.asked


def test_a_data_layer_that_is_not_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REFERENCED, "organization/hdh/local-data", {})
    with pytest.raises(pulumi.RunError, match=r"no readers of base hospital-stays; run `pulumi up` for it"):
        run_space(load_space("local-space-alpha"))


def test_a_space_without_bases_asks_the_data_layer_nothing() -> None:
    spec = load_space("local-space-alpha")
    space = spec.space.model_copy(update={"bases": ()})
    assert "organization/hdh/local-data" not in run_space(replace(spec, space=space)).asked
