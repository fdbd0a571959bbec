"""One trial server for all of these tests, started as people start it; a table and a team for each test."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from socle.env import STATE_FILE
from socle.toolchain import BUILDER, toolchain_bin
from tests.state.team import PLAIN, ROOT, SECRETS, Engineer, Gate, environment, project

STACKS = ("local-platform", "local-data")


@dataclass(frozen=True)
class Serving:
    """A trial server that runs."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Started by the verb, ended by a signal; nothing of it runs afterwards."""
    folder = tmp_path_factory.mktemp("server")
    argv = [sys.executable, "-m", "socle", "state", "serve", "--folder", str(folder)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            name, _, url = process.stdout.readline().strip().partition("=")
            assert name == "PULUMI_BACKEND_URL"
            yield Serving(url, folder)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
    assert not (folder / "data" / "postmaster.pid").exists(), "the server was not shut down"


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the team's passphrase, its project with two stacks' files, and a Pulumi home to copy."""
    chain = toolchain_bin()
    assert chain, "the tool chain is not built; run `make deps`"
    folder = tmp_path_factory.mktemp("office")
    (folder / "passphrase").write_text("of-these-tests-alone-71d0\n")
    subprocess.run([sys.executable, str(BUILDER), "--install-home", str(folder / "home")], check=True)
    (folder / "backend").mkdir()
    env = environment(folder / "first", chain[0], f"file://{folder / 'backend'}")
    first = Engineer("first", project(folder / "project"), {**env, "PULUMI_HOME": str(folder / "home")})
    for stack in STACKS:
        first.pulumi("stack", "init", stack, "--no-select")
        first.pulumi("config", "set", "--stack", stack, "--secret", "token", SECRETS[0])
        first.pulumi("config", "set", "--stack", stack, "note", PLAIN)
    return folder


Hire = Callable[..., Engineer]


@pytest.fixture
def hire(office: Path, tmp_path: Path, serving: Serving) -> Hire:
    """Takes in an engineer, whose state is in this test's table, or `alone` in the environment's folder."""
    shutil.copy(office / "passphrase", tmp_path)
    url = f"{serving.url}&table=t{secrets.token_hex(8)}"

    def take_in(name: str, *, alone: bool = False) -> Engineer:
        folder = tmp_path / name
        here = folder / "state" / "envs" / "local"
        backend = here / "backend"
        (backend if alone else here).mkdir(parents=True)
        shutil.copytree(office / "project", folder / "project")
        shutil.copytree(office / "home", folder / "home", symlinks=True)
        if not alone:
            (here / STATE_FILE).write_text(url + "\n")
        env = environment(folder, toolchain_bin()[0], f"file://{backend}" if alone else url)
        return Engineer(name, folder / "project", env)

    return take_in


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Open at the end whatever happens, so that no provider waits for it."""
    made = Gate(tmp_path / "gate")
    yield made
    made.open()
