"""The checks of the seal: rules, timer, last word, the part compared now; rights and checksum of the seal."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from infra.config.zones import LEVELS
from localcloud.image.build import HERE
from localcloud.image.seal import CONFIG
from socle.records import Verdict
from tests.hosts.checks import seal as checks
from tests.hosts.collector import seal as collector
from tests.unit.controls.shared import HOST, by_id, verdict

HIGH = replace(HOST, levels=LEVELS)
HOUR = 3600.0
GOOD: dict[str, Any] = {
    "config": hashlib.sha256((HERE / "files" / CONFIG).read_bytes()).hexdigest(),
    "database": "a" * 64,
    "owner": "root:root",
    "mode": "0600",
    "folder_mode": "0700",
    "age": HOUR,
    "recorded": "a" * 64,
    "verdict": {"word": "holds", "age": HOUR},
    "timer": {"UnitFileState": "enabled", "ActiveState": "active"},
    "update": None,
    "up": 100 * HOUR,
    "compared": [],
}
BOTH = ("SOC-INT-01", "SOC-INT-02")


def failing(**changed: Any) -> list[str]:
    return [name for name in BOTH if verdict(name, "seal", GOOD | changed, HIGH) is Verdict.FAIL]


def test_a_sealed_host_holds_and_one_of_another_level_need_not() -> None:
    assert [verdict(name, "seal", GOOD, HIGH) for name in BOTH] == [Verdict.PASS, Verdict.PASS]
    assert verdict("SOC-INT-01", "seal", GOOD) is Verdict.NOT_APPLICABLE
    assert verdict("SOC-INT-01", "seal", {}, HIGH) is Verdict.UNPROVEN


@pytest.mark.parametrize(
    ("changed", "control"),
    [
        ({"config": "b" * 64}, "SOC-INT-01"),
        ({"timer": {"UnitFileState": "disabled", "ActiveState": "active"}}, "SOC-INT-01"),
        ({"timer": {"UnitFileState": "enabled", "ActiveState": "inactive"}}, "SOC-INT-01"),
        ({"verdict": {"word": "differs", "age": HOUR}}, "SOC-INT-01"),
        ({"verdict": {"word": "holds", "age": 40 * HOUR}}, "SOC-INT-01"),
        ({"verdict": {"word": "", "age": 0}, "age": 40 * HOUR}, "SOC-INT-01"),
        ({"update": 7 * HOUR}, "SOC-INT-01"),
        ({"compared": ["/usr/local/sbin"]}, "SOC-INT-01"),
        ({"database": "b" * 64}, "SOC-INT-02"),
        ({"mode": "0644"}, "SOC-INT-02"),
        ({"owner": "_aide:root"}, "SOC-INT-02"),
        ({"folder_mode": "0755"}, "SOC-INT-02"),
    ],
)
def test_each_break_wakes_its_own_control(changed: dict[str, Any], control: str) -> None:
    assert failing(**changed) == [control]


def test_a_seal_in_the_making_a_young_host_and_a_night_off_are_no_alarm() -> None:
    assert failing(update=60.0, verdict={"word": "", "age": 0}) == []
    assert failing(verdict={"word": "holds", "age": 90 * HOUR}, up=HOUR) == []
    assert failing(verdict={"word": "sealed", "age": HOUR}) == []


def test_a_check_that_failed_itself_proves_nothing() -> None:
    found = GOOD | {"verdict": {"word": "unproven", "age": HOUR}}
    assert verdict("SOC-INT-01", "seal", found, HIGH) is Verdict.UNPROVEN


def test_the_images_own_seal_is_known_by_its_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    for known, expected in (
        ({"a" * 64}, Verdict.PASS),
        ({"b" * 64}, Verdict.FAIL),
        (set(), Verdict.UNPROVEN),
    ):
        monkeypatch.setattr(checks, "built", lambda known=known: known)
        assert verdict("SOC-INT-02", "seal", GOOD | {"recorded": ""}, HIGH) is expected


REPORT = """AIDE found differences between database and filesystem!!
---------------------------------------------------
Changed entries:
---------------------------------------------------

d = p.... . .  : /usr/local/sbin
f++++++++++++++++: /usr/local/bin/new
"""


def test_the_collector_reads_what_aide_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        returncode, stdout, stderr = 5, REPORT, ""

    monkeypatch.setattr("subprocess.run", lambda *_a, **_k: Done)
    assert collector._compared("^/usr/local") == ["/usr/local/sbin", "/usr/local/bin/new"]
    Done.returncode = 17
    with pytest.raises(OSError, match="aide ended with 17"):
        collector._compared("^/usr/local")


def test_breaks_wait_for_a_seal_in_the_making() -> None:
    for name in BOTH:
        assert by_id(name).mutation.startswith("flock /var/lib/socle/seal/lock true")
