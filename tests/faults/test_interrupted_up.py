"""`up` killed outright, or run with a state that outlived its cloud, ends green when run again. [nightly]"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cloud.live import CLOUD, ROOT, SOCLE, environment, run, show

# Seconds after the start: while services start, while servers are made, while hosts converge.
MOMENTS = (25, 90, 240)


def kill_up_after(seconds: float) -> None:
    """Start `up` in a session of its own and kill all of that session's processes outright."""
    with subprocess.Popen(
        [SOCLE, "local", "up", "--cloud", CLOUD],
        cwd=ROOT,
        env=environment(),
        start_new_session=True,
        stdout=sys.stdout,
        stderr=sys.stderr,
    ) as up:
        deadline = time.monotonic() + seconds
        while up.poll() is None and time.monotonic() < deadline:
            time.sleep(0.5)
        assert up.poll() is None, "it ended before it could be killed: choose an earlier moment"
        os.killpg(up.pid, signal.SIGKILL)


@pytest.mark.parametrize("seconds", MOMENTS)
def test_killed_up_goes_on_when_run_again(seconds: float) -> None:
    show(SOCLE, "local", "down", "--cloud", CLOUD)
    kill_up_after(seconds)
    assert show(SOCLE, "local", "up", "--cloud", CLOUD) == 0
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")


def test_state_that_outlived_its_cloud_is_set_aside() -> None:
    run(sys.executable, "-m", "localcloud", "wipe", "--name", CLOUD)
    assert show(SOCLE, "local", "up", "--cloud", CLOUD) == 0
    run("pulumi", "preview", "--expect-no-changes", "--non-interactive")
