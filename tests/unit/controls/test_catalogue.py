"""The catalogue and its waivers: schema, uniqueness, languages, clauses, and a check for every kind."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from socle.clauses import load as clauses
from socle.paths import ROOT
from tests.hosts.catalogue import controls, waivers
from tests.hosts.checks import CHECKS

CONTROLS = ROOT / "controls"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CONTROLS / "hardening.yaml").read_text())
    return loaded


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((CONTROLS / "hardening.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_catalogue_validates(document: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    assert [e.message for e in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    "broken",
    [
        {"anssi": ["R81"]},
        {"anssi": []},
        {"title": {"en": "English without French"}},
        {"mutation": ""},
        {"rollback": None},
        {"applies_when": "sometimes"},
        {"parameters": {"options": {}}},
        {"unknown": 1},
    ],
    ids=lambda b: next(iter(b)),
)
def test_schema_refuses(
    document: dict[str, Any], validator: jsonschema.Draft202012Validator, broken: dict[str, Any]
) -> None:
    changed = copy.deepcopy(document)
    changed["controls"][0].update(broken)
    assert list(validator.iter_errors(changed))


def test_there_are_controls_of_every_demanded_mechanism() -> None:
    demanded = {"ssh", "sudo", "pam", "kernel", "network", "firewall", "audit", "apparmor", "files"}
    demanded |= {"updates", "time", "mounts", "modules", "banner", "limits"}
    assert demanded <= {c.mechanism for c in controls()}
    assert len(controls()) >= 30


def test_titles_differ_between_languages() -> None:
    assert [c.id for c in controls() if c.title.en == c.title.fr] == []


def test_every_kind_has_a_check_and_every_check_a_control() -> None:
    assert {c.kind for c in controls()} == set(CHECKS)


def test_mutations_do_not_write_the_roles_own_files() -> None:
    role = Path(CONTROLS).parent / "roles/baseline/tasks"
    own = {
        line.split("dest:")[1].strip()
        for task_file in role.glob("*.yml")
        for line in task_file.read_text().splitlines()
        if "dest: /" in line
    }
    assert len(own) > 8
    for control in controls():
        assert not [path for path in own if f"> {path}" in control.mutation], control.id


def test_every_clause_is_registered() -> None:
    known = clauses().by_id()
    assert {clause for c in controls() for clause in c.clauses} - set(known) == set()


def test_no_waiver_has_expired() -> None:
    expired = [w.control for w in waivers() if w.expiry < datetime.now(UTC).date()]
    assert expired == [], "enforce the control, or have the waiver approved anew"


def test_a_waiver_covers_its_hosts_until_its_last_day() -> None:
    waiver = waivers()[0]
    assert waiver.covers("any-host", waiver.expiry)
    assert not waiver.covers("any-host", waiver.expiry + timedelta(days=1))
    assert not waiver.covers("any-host", date.max)
