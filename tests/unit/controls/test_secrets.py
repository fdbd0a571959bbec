"""Checks of services' accounts, sockets and secrets: each break is seen, and silence passes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from socle.records import Verdict
from tests.unit.controls.shared import verdict

RUNNING = {"chrony.service": "_chrony", "getty@tty1.service": "term", "getty@ttyS0.service": "term"}
OPEN = ["/run/systemd/journal/dev-log", "/run/systemd/userdb/io.systemd.DynamicUser"]
FILES = {"/etc/machine-id": 20.0, "/etc/ssh/ssh_host_ed25519_key": 21.0, "/etc/socle/log/key.pem": 22.0}


@pytest.mark.parametrize(
    ("control", "section", "good", "broken"),
    [
        ("SOC-ACC-03", "service_accounts", RUNNING, [{"x.service": "_chrony"}, {"x.service": "nobody"}]),
        (
            "SOC-FIL-05",
            "own_secrets",
            {"image": 10, "files": FILES},
            [
                {"image": 21},
                {"files": {**FILES, "/etc/ssl/private/snake.key": 3.0}},
                {"files": {"/etc/machine-id": 20.0}},
                {"files": {}},
            ],
        ),
    ],
)
def test_each_break_is_seen(control: str, section: str, good: Any, broken: list[Any]) -> None:
    assert verdict(control, section, good) is Verdict.PASS
    for change in broken:
        assert verdict(control, section, {**good, **change}) is Verdict.FAIL, change


def test_a_pipe_that_everybody_may_write_is_seen() -> None:
    assert verdict("SOC-SCN-04", "open_sockets", OPEN) is Verdict.PASS
    assert verdict("SOC-SCN-04", "open_sockets", [*OPEN, "/run/socle-mutation.pipe"]) is Verdict.FAIL
    assert verdict("SOC-SCN-04", "scan", OPEN) is Verdict.UNPROVEN
