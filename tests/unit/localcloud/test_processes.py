"""Real processes of this test: started, recognised, told from strangers, ended."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import processes
from localcloud.model import Cloud

ENV = {"PATH": "/usr/bin:/bin"}


@pytest.fixture(name="cloud")
def _cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud("unit", 3, tmp_path)
    yield cloud
    processes.stop(cloud, processes.recorded(cloud), {})


def start(cloud: Cloud, name: str, script: str) -> int:
    child = processes.spawn(cloud, name, ["sh", "-c", script], ENV, zone=None)
    deadline = time.monotonic() + 5
    while not processes.pid_file(cloud, name).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return child.pid


def test_a_process_is_recognised_until_it_ends(cloud: Cloud) -> None:
    pid = start(cloud, "a", "exec sleep 60")
    assert processes.alive(cloud, "a") == pid
    assert os.getsid(pid) == pid
    processes.stop(cloud, ["a"], {})
    assert processes.alive(cloud, "a") is None
    assert processes.recorded(cloud) == []


def test_a_recycled_process_id_is_somebody_else(cloud: Cloud) -> None:
    pid = start(cloud, "b", "exec sleep 60")
    record = processes.pid_file(cloud, "a")
    stat = processes.pid_file(cloud, "b").read_text()
    record.write_text(stat)
    assert processes.alive(cloud, "a") == pid
    fields = stat.rpartition(") ")[2].split()
    fields[19] = str(int(fields[19]) - 1)
    record.write_text(stat.rpartition(") ")[0] + ") " + " ".join(fields))
    assert processes.alive(cloud, "a") is None


def test_one_that_ignores_the_polite_signal_is_ended_with_its_children(cloud: Cloud) -> None:
    start(cloud, "a", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    deadline = time.monotonic() + 5
    while "ready" not in processes.last_words(cloud, "a") and time.monotonic() < deadline:
        time.sleep(0.02)
    begun = time.monotonic()
    processes.stop(cloud, ["a"], {"a": 0.3})
    assert 0.3 <= time.monotonic() - begun < 5
    assert processes.alive(cloud, "a") is None


def test_the_environment_holds_nothing_of_the_callers(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_PROJECT_NAME", "leak")
    pid = start(cloud, "a", "exec sleep 60")
    assert b"leak" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_the_last_meaningful_line_is_the_error_not_the_goodbye(cloud: Cloud) -> None:
    log = processes.log_file(cloud, "a")
    log.parent.mkdir(parents=True)
    assert processes.last_words(cloud, "b") == "no log"
    log.write_text("starting\nERROR port 5000 is taken\nbye\n")
    assert processes.last_words(cloud, "a") == "ERROR port 5000 is taken"
