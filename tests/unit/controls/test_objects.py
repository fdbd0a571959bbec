"""The checks of the object gateway on answers made by hand: silence and a wrong answer never pass."""

from __future__ import annotations

from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.catalogue import controls
from tests.hosts.checks import Host, State
from tests.hosts.checks.objects import tables
from tests.hosts.judge import judge

CLIENT = {"name": "alpha", "networks": ["10.16.32.16/28"], "containers": {"local-alpha-out": "write"}}
HOST = Host(
    "local-services",
    "",
    22,
    "automation",
    "",
    ("always", "object_gateway"),
    own_address="10.16.2.10",
    objects={"clients": [CLIENT], "account": "AUTH_p", "credentials": {"alpha": ["a"], "gone": ["b"]}},
)
ASKED = next(c for c in controls() if c.id == "SOC-OGW-01").parameters
SAID = dict.fromkeys(ASKED["refused"], "refused") | dict.fromkeys(ASKED["admitted"], "passed, 401")
TABLES = {
    "clients": ["10.16.2.10/32 _self", "10.16.32.16/28 alpha"],
    "containers": [
        "_self|AUTH_p/local-gateway-check read",
        "alpha|AUTH_p/local-alpha-out write",
    ],
    "logins": ["alpha|a admitted"],
}
HELD = {"Uid": "109", "CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}


def verdict(name: str, section: str, value: Any) -> Verdict:
    control = next(c for c in controls() if c.id == name)
    return judge(control, HOST, State({section: {"value": value}})).verdict


def test_the_plan_says_the_same_as_the_roles_templates() -> None:
    assert tables(HOST) == {name: set(lines) for name, lines in TABLES.items()}


@pytest.mark.parametrize(
    ("control", "section", "good", "broken"),
    [
        ("SOC-OGW-01", "gateway", SAID, [{q: "passed, 401"} for q in ASKED["refused"]]),
        ("SOC-OGW-01", "gateway", SAID, [{ASKED["admitted"][0]: a} for a in ("refused", "passed, 503")]),
        ("SOC-OGW-02", "gateway_tables", TABLES, [{name: []} for name in TABLES]),
        (
            "SOC-OGW-02",
            "gateway_tables",
            TABLES,
            [
                {"clients": [*TABLES["clients"], "0.0.0.0/0 alpha"]},
                {"containers": [TABLES["containers"][0], "alpha|AUTH_f/local-alpha-out write"]},
                {"containers": [*TABLES["containers"], "_self|AUTH_f/x write"]},
                {"logins": ["alpha|a admitted", "gone|b admitted"]},
            ],
        ),
        ("SOC-OGW-03", "gateway_cage", {"1": HELD}, [{"2": {**HELD, "Uid": "0"}}]),
        (
            "SOC-OGW-03",
            "gateway_cage",
            {"1": HELD},
            [{"1": {**HELD, key: "7"}} for key in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")],
        ),
    ],
)
def test_answers(control: str, section: str, good: dict[str, Any], broken: list[dict[str, Any]]) -> None:
    assert verdict(control, section, good) is Verdict.PASS
    for change in broken:
        assert verdict(control, section, {**good, **change}) is Verdict.FAIL, change


def test_no_process_is_no_pass() -> None:
    assert verdict("SOC-OGW-03", "gateway_cage", {}) is Verdict.FAIL
