"""The check of boot arguments: what runs, and what the next start would run; the last of a name counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.image import kernel
from socle.records import Verdict
from tests.unit.controls.shared import HOST, verdict

PROVIDER = ["root=UUID=R", "ro", *kernel.arguments(emulated=False).split()]
EMULATED = ["root=UUID=R", "ro", *kernel.arguments(emulated=True).split()]
LOCAL = replace(HOST, name="local-bastion")


def judged(
    running: list[str], *entries: list[str], control: str = "SOC-BOOT-02", host: Any = HOST
) -> Verdict:
    return verdict(control, "boot_arguments", {"running": running, "entries": [*entries]}, host)


def test_the_running_kernel_and_every_entry_must_have_them() -> None:
    without = [one for one in PROVIDER if one != "slub_debug=FZP"]
    assert judged(PROVIDER, PROVIDER) is Verdict.PASS
    assert judged(without, PROVIDER) is Verdict.FAIL
    assert judged(PROVIDER, PROVIDER, without) is Verdict.FAIL
    assert judged(PROVIDER, [*PROVIDER, "slub_debug=-"]) is Verdict.FAIL
    assert judged(PROVIDER) is Verdict.FAIL  # a menu without an entry was not understood


def test_mitigations_may_be_off_on_the_local_cloud_alone_and_nothing_more() -> None:
    for host, expected in ((HOST, Verdict.FAIL), (LOCAL, Verdict.WAIVED)):
        assert judged(EMULATED, EMULATED, control="SOC-BOOT-03", host=host) is expected
    assert judged(PROVIDER, PROVIDER, control="SOC-BOOT-03") is Verdict.PASS
    broken = [*EMULATED, "nokaslr"]
    assert judged(EMULATED, broken, control="SOC-BOOT-03", host=LOCAL) is Verdict.FAIL
