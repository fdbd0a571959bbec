"""The space that live tests take through its life: its names, its verbs, and what the cloud shows of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.stackfile import space_of, stack_file
from tests.cloud.live import CLOUD, NAME, ROOT, SOCLE, environment, run, show, spaces
from tests.faults.killer import run_and_kill

STACK = spaces()[0]
SPACE, DESK = space_of(STACK), f"{NAME}-{space_of(STACK)}-desk"
OWN = f"{NAME}-{SPACE}-"
"""What the names of all its networks, groups and containers begin with."""


@contextmanager
def tables_restored() -> Iterator[None]:
    """The tables that verbs of a space change, in this checkout, are as they were afterwards."""
    before: dict[Path, str] = {
        file: file.read_text(encoding="utf-8") for file in (stack_file(STACK), ROOT / "stacks/zones.yaml")
    }
    try:
        yield
    finally:
        for file, text in before.items():
            file.write_text(text, encoding="utf-8")


def verb(*words: str) -> None:
    """One verb of `socle space`, and that it succeeded."""
    assert show(SOCLE, "space", words[0], "--cloud", CLOUD, SPACE, *words[1:], "--yes") == 0


def killed(step: str, program: str, seconds: float, *words: str) -> None:
    """One verb, with all it started, killed outright `seconds` after this program began in that step.

    Without a program's name, so long after the step of that title began.
    """
    ended = run_and_kill(
        (SOCLE, "space", words[0], "--cloud", CLOUD, SPACE, *words[1:], "--yes"),
        when=lambda _, text: re.match(rf"\[\d+/\d+\] {step}", text) is not None,
        then_program=program,
        then_wait=seconds,
        limit=1500,
        env=environment(),
        cwd=ROOT,
        show=print,
    )
    print(f"{words[0]}, in {step!r}: {ended}")
    assert ended.exit_code is None, "it ended before it could be killed: choose an earlier moment"
    assert ended.moment.endswith("its line"), f"no step began with {step!r}, or none in it was {program!r}"
    assert not program or program in {one.name for one in ended.processes}, (
        "it had ended: choose an earlier moment"
    )


def server(cloud: Any) -> Any:
    """The space's workstation, or None."""
    return next((one for one in cloud.compute.servers(details=True) if one.name == DESK), None)


def rules(cloud: Any) -> list[str]:
    """What the space's own security groups let through."""
    groups = [group for group in cloud.network.security_groups() if group.name.startswith(OWN)]
    return [
        rule.id for group in groups for rule in cloud.network.security_group_rules(security_group_id=group.id)
    ]


def volume(cloud: Any) -> Any:
    """The workstation's sealed volume."""
    return next(one for one in cloud.block_storage.volumes() if one.name == f"{DESK}-work")


def settled() -> None:
    """The stack says what its file says, and the cloud what the stack says."""
    run("pulumi", "preview", "--stack", STACK, "--expect-no-changes", "--non-interactive")
    refresh = ("pulumi", "refresh", "--stack", STACK, "--preview-only", "--expect-no-changes")
    run(*refresh, "--non-interactive")
