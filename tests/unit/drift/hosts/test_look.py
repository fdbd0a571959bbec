"""The pair `hosts` from what one session of checks kept: every host judged, those that are off unproven."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from socle.drift.hosts import look
from socle.drift.hosts.compare import KINDS
from socle.drift.hosts.facts import Facts
from socle.drift.hosts.image import images
from socle.errors import FailureError
from socle.records import Record, Verdict
from tests.hosts.checks import State
from tests.hosts.remote import keep
from tests.unit.controls.shared import HOST
from tests.unit.drift.hosts.guest import NONE, TODAY, facts, sections

KNOWN = facts()


def known(_name: str, host: Mapping[str, Any]) -> Facts:
    return facts(host=host)


def told() -> dict[str, Any]:
    answered = {name: {"value": value} for name, value in sections().items()}
    return {
        "local-bastion": {"host": dict(KNOWN.host), "sections": answered, "unreadable": ""},
        "local-gone": {"unreadable": "local-gone: the cloud has no such server"},
    }


def test_each_host_is_judged_and_one_that_is_not_there_is_unproven_in_every_kind() -> None:
    records = list(look.judged(told(), known, NONE, TODAY))
    by_host = {name: [one for one in records if one.target.startswith(f"{name}: ")] for name in told()}
    assert {one.verdict for one in by_host["local-bastion"]} == {Verdict.PASS}
    assert len(by_host["local-bastion"]) == len(KINDS)
    assert {one.verdict for one in by_host["local-gone"]} == {Verdict.UNPROVEN}
    assert len(by_host["local-gone"]) == len(KINDS)


def test_what_hosts_answered_is_kept_with_why_others_did_not(tmp_path: Path) -> None:
    file = tmp_path / "states.json"
    state = State({"dpkg": {"value": 1}})
    keep(file, {"h": HOST}, {"h": state}, {"h": "unused", "x": "the cloud has no such server"})
    kept = json.loads(file.read_text())
    assert kept["h"]["host"]["conditions"] == list(HOST.conditions)
    assert kept["h"]["sections"] == {"dpkg": {"value": 1}}
    assert kept["x"] == {"unreadable": "x: the cloud has no such server"}
    assert asdict(state)["unreadable"] == ""


def test_checks_that_left_no_states_are_our_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_environment: object, **_words: object) -> Iterator[Record]:
        return iter(())

    monkeypatch.setattr(look.check, "run", run)
    nothing: Callable[[], Any] = lambda: None  # noqa: E731
    with pytest.raises(FailureError, match="left no states"):
        list(look.look(None, nothing, NONE, TODAY))  # type: ignore[arg-type]


class Cloud:
    """Lists as nova and glance do."""

    def pages(self, service: str, _path: str, _key: str, params: Any = None) -> list[dict[str, Any]]:
        if service == "compute":
            return [
                {"name": "a", "image": {"id": "1"}},
                {"name": "b", "image": ""},
                {"name": "c", "image": {"id": "2"}},
            ]
        hidden = params["os_hidden"] == "true"
        return [{"id": "1", "socle_image_key": "old"}] if hidden else [{"id": "2", "name": "somebody's"}]


def test_a_server_s_image_is_found_when_a_newer_one_hides_it() -> None:
    assert images(Cloud()) == {"a": "old", "b": "", "c": ""}  # type: ignore[arg-type]
