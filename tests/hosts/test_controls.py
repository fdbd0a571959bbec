"""One test a control and host, named by the control's id, on the host's effective state.

Passed: it holds. Failed: it does not. Error: it could not be read (unproven). Xfailed: waived. Skipped: not
applicable to this host.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from socle.records import Record, Verdict
from tests.hosts.catalogue import Control
from tests.hosts.checks import Host, State
from tests.hosts.judge import judge, unproven


@pytest.fixture
def record(
    control: Control,
    declared: str,
    found: Host | str,
    states: dict[str, State],
    write: Callable[[Record], None],
) -> Record:
    """The verdict, written down before it is asserted; an unproven one is an error, not a failure."""
    if isinstance(found, str):
        judged = unproven(control, declared, found)
    else:
        judged = judge(control, found, states[declared])
    write(judged)
    if judged.verdict is Verdict.UNPROVEN:
        pytest.fail(f"unproven: {judged.evidence}", pytrace=False)
    return judged


def test_control(record: Record) -> None:
    if record.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(record.evidence)
    if record.verdict is Verdict.WAIVED and record.waiver:
        pytest.xfail(f"waived until {record.waiver.expiry} by {record.waiver.approver}: {record.observed}")
    if record.verdict is not Verdict.PASS:
        pytest.fail(f"{record.title.en}: {record.observed}", pytrace=False)
