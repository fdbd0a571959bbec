"""One test a control and host, named by the control's id, on the host's effective state; and one a waiver.

Passed: it holds. Failed: it does not. Error: it could not be read (unproven). Xfailed: waived. Skipped: not
applicable to this host.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from socle.records import Record, Verdict
from tests.hosts.catalogue import Control, Waiver
from tests.hosts.checks import Host, State
from tests.hosts.excused import judge_waiver
from tests.hosts.inventory import InventoryError, declared_hosts
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
    return _written(judged, write)


@pytest.fixture
def excuse(
    waiver: Waiver,
    inventory: dict[str, Host] | InventoryError,
    states: dict[str, State],
    write: Callable[[Record], None],
) -> Record:
    """Whether the waiver is still needed, over every host that the environment declares."""
    if isinstance(inventory, InventoryError):
        hosts: dict[str, Host | str] = dict.fromkeys(declared_hosts(), str(inventory))
    else:
        hosts = {name: inventory.get(name, f"the cloud has no {name}") for name in declared_hosts()}
    return _written(judge_waiver(waiver, hosts, states), write)


def _written(judged: Record, write: Callable[[Record], None]) -> Record:
    write(judged)
    if judged.verdict is Verdict.UNPROVEN:
        pytest.fail(f"unproven: {judged.evidence}", pytrace=False)
    return judged


def test_control(record: Record) -> None:
    _settle(record)


def test_waiver(excuse: Record) -> None:
    _settle(excuse)


def _settle(record: Record) -> None:
    if record.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(record.evidence)
    if record.verdict is Verdict.WAIVED and record.waiver:
        pytest.xfail(f"waived until {record.waiver.expiry} by {record.waiver.approver}: {record.observed}")
    if record.verdict is not Verdict.PASS:
        pytest.fail(f"{record.title.en}: {record.observed}", pytrace=False)
