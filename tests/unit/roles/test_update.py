"""The rolling update: one host at a time, the bastion last, and nothing restarts before it was confirmed."""

from __future__ import annotations

from typing import Any

import yaml

from tests.unit.roles.rendered import ROOT

PLAYS: list[dict[str, Any]] = yaml.safe_load((ROOT / "playbooks/update.yml").read_text())
TASKS: list[dict[str, Any]] = yaml.safe_load((ROOT / "playbooks/tasks/update.yml").read_text())
SERVING = {"role_package_proxy", "role_time", "role_resolver", "role_collector", "role_object_gateway"}


def roles(play: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Groups that a play takes, and those that it leaves out."""
    words = play["hosts"].split(":")
    return {w for w in words if w[0] != "!"}, {w[1:] for w in words if w[0] == "!"}


def test_one_host_at_a_time_and_the_first_failure_ends_the_run() -> None:
    assert [(play["serial"], play["any_errors_fatal"]) for play in PLAYS] == [(1, True)] * 3


def test_every_host_is_in_one_play_and_the_bastion_in_the_last() -> None:
    first, second, last = (roles(play) for play in PLAYS)
    assert first == ({"hosts"}, SERVING | {"role_bastion"})
    assert second == (SERVING, {"role_bastion"})
    assert last == ({"role_bastion"}, set())


def test_serving_roles_are_those_that_site_gives_to_hosts() -> None:
    site = (ROOT / "playbooks/site.yml").read_text()
    given = {word for word in site.replace("'", " ").split() if word.startswith("role_")}
    assert given == SERVING | {"role_bastion"}


def test_a_host_is_confirmed_before_it_restarts_and_whole_before_the_next() -> None:
    used = [
        task.get("ansible.builtin.import_role", task.get("ansible.builtin.include_role", {})).get(
            "tasks_from"
        )
        for task in TASKS
    ]
    assert [name for name in used if name] == ["arm", "confirm", "reboot", "activate", "renew"]
    assert "is-system-running --wait" in TASKS[-2]["ansible.builtin.command"]["cmd"]
    assert "ansible.builtin.apt" in TASKS[1]
