"""Two engineers at once: on one stack one is refused and nothing is lost, on two stacks both go on."""

from __future__ import annotations

import os
import re
import signal
import socket

from tests.state.conftest import Hire
from tests.state.team import Gate, ended

REFUSED = "the stack is currently locked by 1 lock"
NEITHER = "the stack is currently locked by"


def test_one_stack_changed_by_two(hire: Hire, gate: Gate) -> None:
    anna, bert = hire("anna"), hire("bert")
    anna.pulumi("stack", "init", "local-platform", "--no-select")
    first = anna.start_up("local-platform", gate=str(gate.path))
    gate.reached()
    # Pulumi's own word, and ours.
    said = bert.up("local-platform", ends=None, note="of bert")
    assert REFUSED in said
    assert f"(pid {first.pid})" in said
    shown = bert.socle("state", "lock", ends=3)
    assert re.search(rf"local-platform +\w+ +{socket.gethostname()} +{first.pid} .*at work", shown), shown
    refused = bert.socle("state", "unlock", "local-platform", ends=2)
    assert f":{first.pid} is at work since" in refused
    gate.open()
    assert ended(first)
    bert.socle("state", "lock")
    bert.up("local-platform", note="of bert")
    state = anna.state("local-platform")
    assert not state.get("pending_operations")
    assert [
        entry["outputs"]["note"] for entry in state["resources"] if entry["type"] == "socle-slow:index:Thing"
    ] == ["of bert"]
    assert anna.pulumi("stack", "history", "--stack", "local-platform").count("Version: ") == 2


def test_one_stack_begun_by_three_in_the_same_moment(hire: Hire) -> None:
    team = [hire(name) for name in ("anna", "bert", "cleo")]
    team[0].pulumi("stack", "init", "local-platform", "--no-select")
    running = [engineer.start_up("local-platform", note=f"of {engineer.name}") for engineer in team]
    said = [process.communicate(timeout=90)[0] for process in running]
    done = [process.returncode == 0 for process in running]
    for good, text in zip(done, said, strict=True):
        # A lock that went while it was looked at is a refusal too.
        assert good or NEITHER in text or "no rows in result set" in text or "not found" in text, text
    state = team[0].state("local-platform")
    assert not state.get("pending_operations")
    team[1].socle("state", "lock")
    count = team[2].pulumi("stack", "history", "--stack", "local-platform").count("Version: ")
    assert count == sum(done), "an update that succeeded is not in the history, or the other way round"
    team[2].up("local-platform", note="at the end")
    team[0].pulumi(
        "preview", "--stack", "local-platform", "--config", "hdh:note=at the end", "--expect-no-changes"
    )


def test_two_stacks_changed_at_once(hire: Hire, gate: Gate) -> None:
    anna, bert = hire("anna"), hire("bert")
    for stack in ("local-platform", "local-data"):
        anna.pulumi("stack", "init", stack, "--no-select")
    other = Gate(gate.path.with_name("other"))
    first = anna.start_up("local-platform", gate=str(gate.path))
    second = bert.start_up("local-data", gate=str(other.path))
    gate.reached()
    other.reached()
    for it in (other, gate):
        it.open()
    ended(first)
    ended(second)
    for stack in ("local-platform", "local-data"):
        assert len(anna.state(stack)["resources"]) == 3


def test_a_killed_holder_is_recovered_by_a_command(hire: Hire, gate: Gate) -> None:
    anna, bert = hire("anna"), hire("bert")
    anna.pulumi("stack", "init", "local-platform", "--no-select")
    first = anna.start_up("local-platform", gate=str(gate.path))
    gate.reached()
    os.kill(first.pid, signal.SIGKILL)
    ended(first, -signal.SIGKILL)
    gate.open()
    assert REFUSED in bert.up("local-platform", ends=None)
    assert "gone" in bert.socle("state", "lock", "local-platform", ends=3)
    said = bert.socle("state", "unlock", "local-platform")
    assert f":{first.pid}, held since" in said
    assert "1 operations were begun and not ended\n  creating urn:pulumi:local-platform::hdh::" in said
    assert "next: python -m infra.leftovers --stack local-platform, then pulumi up" in said
    # There is no cloud here to settle it against: the other way that the page names.
    bert.pulumi("refresh", "--stack", "local-platform", "--yes", "--skip-preview", "--clear-pending-creates")
    bert.up("local-platform")
    state = bert.state("local-platform")
    assert not state.get("pending_operations")
    assert len(state["resources"]) == 3
    assert "is not locked" in bert.socle("state", "unlock", "local-platform")
