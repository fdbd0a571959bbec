"""Several spaces at once, for live tests: the same verb on all of them, each in a process of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyotp

from infra.stackfile import ROOT as TABLES
from tests.cloud.live import CLOUD, ROOT, SOCLE, environment, run

LIMIT = 5400.0
"""Seconds that a verb on all of them may take: emulated guests share two processors."""
SHOW_EVERY = 60.0


def code(login: str) -> str:
    """A one-time code of a second factor that was just enrolled: each counts once."""
    printed = run(SOCLE, "admin", "enrol", "--cloud", CLOUD, login, "--renew").stdout
    totp = pyotp.parse_uri(printed.strip())
    assert isinstance(totp, pyotp.TOTP)
    return totp.now()


def at_once(
    folder: Path,
    names: Sequence[str],
    verb: str,
    *words: str,
    typed: Callable[[], str] | None = None,
    begun: Callable[[str], bool] | None = None,
) -> dict[str, str]:
    """`socle space <verb> <name>` for all names at once; what each printed, in files of `folder` too.

    `typed`: what each is given on its standard input. `begun`: whether the verb has begun on this space; the
    next one is started only then. Fails with the end of what each printed that did not succeed.
    """
    began, runs = time.monotonic(), dict[str, tuple[subprocess.Popen[str], Path, IO[str]]]()
    try:
        for name in names:
            log = folder / f"{verb}-{name}.log"
            stream = log.open("w", encoding="utf-8")
            argv = [SOCLE, "space", verb, "--cloud", CLOUD, name, *words, "--yes"]
            process = subprocess.Popen(
                argv,
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                text=True,
            )
            runs[name] = (process, log, stream)
            assert process.stdin
            with process.stdin as pipe:
                pipe.write(typed() if typed else "")
            while begun and not begun(name):
                assert process.poll() is None, f"{verb} {name} ended:\n{log.read_text()[-2000:]}"
                assert time.monotonic() - began < LIMIT
                time.sleep(0.5)
        _wait(verb, {name: process for name, (process, _, _) in runs.items()}, folder, began)
    finally:
        for process, _, stream in runs.values():
            if process.poll() is None:
                process.terminate()  # it ends its children first
                process.wait(120)
            stream.close()
    said = {name: log.read_text(encoding="utf-8") for name, (_, log, _) in runs.items()}
    bad = {name: process.returncode for name, (process, _, _) in runs.items() if process.returncode}
    assert not bad, "\n".join(f"{verb} {name} ended with {bad[name]}:\n{said[name][-3000:]}" for name in bad)
    waits = [line for text in said.values() for line in text.splitlines() if ": free after " in line]
    print(f"{verb} of {len(runs)} at once: {time.monotonic() - began:.0f} s; waited: {waits or 'nobody'}")
    return said


def _wait(verb: str, runs: dict[str, subprocess.Popen[str]], folder: Path, began: float) -> None:
    shown = began
    while any(process.poll() is None for process in runs.values()):
        now = time.monotonic()
        assert now - began < LIMIT, f"{verb}: {LIMIT:.0f} s were not enough"
        if now - shown >= SHOW_EVERY:
            shown = now
            for name in runs:
                lines = (folder / f"{verb}-{name}.log").read_text(encoding="utf-8").splitlines()
                print(f"{now - began:4.0f} s  {verb} {name}: {lines[-1] if lines else ''}", flush=True)
        time.sleep(1)


@contextmanager
def whole_tables_restored() -> Iterator[None]:
    """Every table of this checkout is as it was afterwards, and none is there that was not."""
    before = {file: file.read_bytes() for file in (TABLES / "stacks").glob("*.yaml")}
    try:
        yield
    finally:
        for file in (TABLES / "stacks").glob("*.yaml"):
            if file not in before:
                file.unlink()
        for file, content in before.items():
            file.write_bytes(content)


def identities(manager: Any, names: Sequence[str]) -> list[str]:
    """Keystone projects and users called as one of these, as our domain's manager sees them."""
    domain = manager.session.auth.get_access(manager.session).domain_id
    api = manager.identity
    return [
        it.name for it in (*api.projects(domain_id=domain), *api.users(domain_id=domain)) if it.name in names
    ]
