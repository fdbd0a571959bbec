"""An `up` killed in each of its steps, or with a state that outlived its cloud, ends green. [nightly]"""

from __future__ import annotations

import re
import sys

from tests.cloud.live import CLOUD, ROOT, SOCLE, environment, run, show
from tests.faults.killer import run_and_kill

UP = (SOCLE, "local", "up", "--cloud", CLOUD)
# Step, and seconds after it began: while services start, while servers are made, while hosts boot, converge.
MOMENTS = (("Start", 20), ("Provision", 15), ("Renew", 1), ("Learn", 5), ("Harden", 60))


def test_an_up_that_is_killed_in_every_step_ends_green_when_run_again() -> None:
    show(SOCLE, "local", "down", "--cloud", CLOUD)
    for step, seconds in MOMENTS:
        killed = run_and_kill(
            UP,
            when=lambda _, text, step=step: re.match(rf"\[\d+/\d+\] {step}", text) is not None,  # type: ignore[misc]
            then_wait=seconds,
            limit=1500,
            env=environment(),
            cwd=ROOT,
            show=print,
        )
        print(f"in {step!r}: {killed}")
        assert killed.exit_code is None, "it ended before it could be killed: choose an earlier moment"
    assert show(*UP) == 0
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")


def test_state_that_outlived_its_cloud_is_set_aside() -> None:
    run(sys.executable, "-m", "localcloud", "wipe", "--name", CLOUD)
    assert show(*UP) == 0
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")
