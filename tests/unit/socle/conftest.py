"""Fixtures for the verbs of project spaces: a copy of the tables, an environment, a command line."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra import stackfile
from socle import cli
from socle.admin import factor
from socle.admin.store import Store
from socle.space import agreement
from socle.space import cli as verbs

Run = Callable[..., tuple[int, list[str], str]]
ALPHA = "stacks/Pulumi.local-space-alpha.yaml"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tables that the verbs work on, and an environment in which sample has a second factor."""
    for name in list(os.environ):
        if name.startswith(("OS_", "PULUMI_", "SOCLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / "state"))
    shutil.copytree(stackfile.ROOT / "stacks", tmp_path / "stacks")
    monkeypatch.setattr(stackfile, "ROOT", tmp_path)
    factor.enrol(Store(tmp_path / "state/envs/local/ca/people", "local"), "sample")
    return tmp_path


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was brought about: stack and phase."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(
        agreement, "bring_about", lambda _env, space: found.append((space.stack, space.space.phase))
    )
    monkeypatch.setattr(verbs, "prepare", _without_toolchain(verbs.prepare))
    return found


def _without_toolchain(prepare: Callable[..., object]) -> Callable[..., object]:
    return lambda cloud, pulumi=False: prepare(cloud)  # noqa: ARG005


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`socle space …`: exit code, lines of output, errors."""

    def _run(*words: str, answer: str = "") -> tuple[int, list[str], str]:
        monkeypatch.setattr(sys, "argv", ["socle", "space", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out.splitlines(), printed.err

    return _run
