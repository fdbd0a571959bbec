"""The checks of the shared services on answers made by hand: silence and a wrong answer never pass."""

from __future__ import annotations

from typing import Any

import pytest

from socle.records import Verdict
from tests.hosts.catalogue import controls
from tests.hosts.checks import Host, State
from tests.hosts.judge import judge

NAME = "services.services.local.internal"
ROLES = ("always", "package_proxy", "time", "resolver", "collector", "log_client")
HOST = Host("local-services", "", 22, "automation", "", ROLES, own_address="10.16.2.10", domain_names=(NAME,))


def by_id(name: str) -> Any:
    return next(c for c in controls() if c.id == name)


def verdict(name: str, section: str, value: Any) -> Verdict:
    return judge(by_id(name), HOST, State({section: {"value": value}})).verdict


def file(**changed: Any) -> dict[str, Any]:
    path = "/srv/data/logs/local-services/2999-01-01.log"
    return {"path": path, "owner": "root:adm 0640", "attributes": "-----a---", "age": 5000, **changed}


ASKED = by_id("SOC-PRX-01").parameters
PROXY = dict.fromkeys(ASKED["refused"], 403) | dict.fromkeys(ASKED["admitted"], 200)
DNS = {n: {"code": "REFUSED", "answers": 0} for n in by_id("SOC-DNS-01").parameters["refused"]} | {
    NAME: {"code": "NOERROR", "answers": 1}
}
TIME = {"answered": True, "stratum": 3, "offset": 0.4}
SENT = {"before": {"written": 4, "dropped": 0}, "after": {"written": 5, "dropped": 0}}
FILES = {"files": [file()], "own": [file()["path"]]}
TLS = {"none": "refused: x", "foreign": "refused: y", "own": "accepted"}


@pytest.mark.parametrize(
    ("control", "section", "good", "broken"),
    [
        ("SOC-PRX-01", "proxy", PROXY, [{"http://example.org/": 200}, {"http://example.org/": 503}]),
        ("SOC-PRX-01", "proxy", PROXY, [{u: 503} for u in by_id("SOC-PRX-01").parameters["admitted"]]),
        ("SOC-DNS-01", "resolver", DNS, [{"example.org": {"code": "NOERROR", "answers": 1}}]),
        ("SOC-DNS-01", "resolver", DNS, [{"example.org": {"code": "SERVFAIL", "answers": 0}}]),
        ("SOC-DNS-01", "resolver", DNS, [{NAME: {"code": "REFUSED", "answers": 0}}]),
        (
            "SOC-TIM-02",
            "time_server",
            TIME,
            [{"answered": False}, {"stratum": 16}, {"stratum": 0}, {"offset": 9}],
        ),
        ("SOC-LOG-02", "forwarding", SENT, [{"after": SENT["before"]}, {"after": {}}]),
        ("SOC-LOG-02", "forwarding", SENT, [{"after": {"written": 5, "dropped": 1}}]),
        ("SOC-LOG-03", "collected", FILES, [{"own": []}, {"files": [file(owner="root:root 0666")]}]),
        ("SOC-LOG-03", "collected", FILES, [{"files": [file(attributes="-------")]}]),
        ("SOC-LOG-03", "collected", FILES, [{"files": [file(path="/srv/data/logs/a/2001-01-01.log")]}]),
        ("SOC-LOG-04", "strangers", TLS, [{"none": "accepted"}, {"foreign": "spoke"}, {"own": "refused"}]),
    ],
)
def test_answers(control: str, section: str, good: dict[str, Any], broken: list[dict[str, Any]]) -> None:
    assert verdict(control, section, good) is Verdict.PASS
    for change in broken:
        assert verdict(control, section, {**good, **change}) is Verdict.FAIL, change


def test_a_file_of_the_last_minutes_need_not_be_sealed() -> None:
    fresh = {"files": [file(attributes="-------", age=20)], "own": ["x"]}
    assert verdict("SOC-LOG-03", "collected", fresh) is Verdict.PASS


def test_a_service_may_listen_where_its_role_is() -> None:
    socket = {"protocol": "udp", "port": 53, "process": "unbound", "address": "10.16.2.10"}
    other = Host("h", "", 22, "automation", "", ("always",))
    control = by_id("SOC-LIS-01")
    for host, expected in ((HOST, Verdict.PASS), (other, Verdict.FAIL)):
        assert judge(control, host, State({"listening": {"value": [socket]}})).verdict is expected
