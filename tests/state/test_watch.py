"""What a scan for drift sees of pulumi at work on a state in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from socle.drift.busy import Watch
from socle.env import Environment
from tests.state.conftest import Hire
from tests.state.team import Gate, ended


def test_an_up_is_seen_while_it_runs_and_after_it_wrote(hire: Hire, gate: Gate, tmp_path: Path) -> None:
    anna = hire("anna")
    anna.pulumi("stack", "init", "local-platform", "--no-select")
    watch = Watch(Environment("local", tmp_path, {**anna.env, "SOCLE_STACK": "local-platform"}))
    quiet = watch.start()
    assert watch.end(quiet).why == {}
    up = anna.start_up("local-platform", gate=str(gate.path))
    gate.reached()
    running = watch.start()
    assert f":{up.pid} holds its lock since 20" in watch.end(running).of("local-platform")
    gate.open()
    assert ended(up)
    # Nobody holds anything now; that somebody did shows by what was written.
    assert watch.start().holds == {}
    assert watch.end(quiet).of("local-platform") == "its state was written while it was read"
    assert watch.end(watch.start()).why == {}
    assert watch.blind == ""
