"""Who runs the verbs in a round of chaos, follows what they say, and the judge who believes none of it."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from socle.paths import ROOT
from socle.records import Record
from tests.faults.rules import Faults
from tests.migration.blobs import LONGEST_NAME
from tests.migration.desk import Desk

PASSES = 15
_SECONDS = 120.0
_DAMAGED = ("the ledger is damaged", "is no ledger", "there is no ledger", "the ledger: ")
CODES = {"inventory": (0, 1, 3, 4), "copy": (0, 1, 3, 4), "verify": (0, 1, 3, 4), "certify": (0, 1, 3, 4)}


def _shown(name: str) -> str:
    """As a record's target shows it."""
    return name.strip()


@dataclass(frozen=True)
class Planned:
    """Something that happens while a verb runs, after so many requests of it."""

    verb: str
    what: str
    after: int

    def __str__(self) -> str:
        return f"{self.what} in {self.verb} at {self.after}"


class Operator:
    """Runs verbs `here`, behind the proxy; changes the source and looks at both ends `straight`."""

    def __init__(
        self, here: Desk, straight: Desk, faults: Faults, rng: random.Random, truth: dict[str, bytes]
    ) -> None:
        """`truth` is what the source holds; kept up with every change."""
        self.here, self.straight, self.faults, self.rng, self.truth = here, straight, faults, rng, truth
        self.runs = 0

    def some(self, count: int, apart_from: set[str]) -> list[str]:
        """Names that are at the target and not of these."""
        fit = sorted(name for name in self._kept() if name not in apart_from)
        return self.rng.sample(fit, min(count, len(fit)))

    def _kept(self) -> dict[str, bytes]:
        return {n: held for n, held in self.truth.items() if len(n.encode()) <= LONGEST_NAME}

    def until_certified(self, plan: list[Planned]) -> None:
        """All verbs again and again until a certificate is signed of a listing that nothing followed."""
        waiting = list(plan)
        for number in range(PASSES):
            for verb in ("inventory", "copy", "verify"):
                mine = [planned for planned in waiting if planned.verb == verb]
                waiting = [planned for planned in waiting if planned.verb != verb]
                if mine:
                    self._disturbed(verb, mine)
                else:
                    self._tidy(self.run(verb)[1])
            if plan and not number:  # one that was killed goes on: what it has listed may have changed since
                self._list_to_the_end()
            elif self.run("certify", "--with-refused")[0] == 0:
                return
        raise AssertionError(f"not proven after {PASSES} passes: {self.here.last}")

    def _list_to_the_end(self) -> None:
        for _ in range(PASSES):
            if self.run("inventory")[0] in (0, 3):
                return
        raise AssertionError(f"no inventory came to its end: {self.here.last}")

    def run(self, verb: str, *more: str) -> tuple[int, list[Record]]:
        """A verb in this process; a damaged ledger is put aside as the verb says."""
        self.runs += 1
        code, found = self.here.attempt(verb, *more)
        assert code in CODES[verb], (verb, code, self.here.last)
        if code == 1:
            assert len(self.here.last.strip().splitlines()) <= 3, self.here.last
            if any(said in self.here.last for said in _DAMAGED):
                aside = self.here.folder / f"aside-{time.monotonic_ns()}"
                aside.mkdir()
                for file in self.here.ledger.parent.glob("ledger.sqlite*"):
                    file.rename(aside / file.name)
        return code, found

    def names_all(self, harmed: set[str]) -> None:
        """A verification, run until it ends, names each of them."""
        named: set[str] = set()
        for _ in range(PASSES):
            code, found = self.run("verify")
            named |= set(self.here.said(found, "migrate-proof")) | set(
                self.here.said(found, "migrate-object")
            )
            if code != 1:
                break
        assert code in (3, 4), (code, self.here.last)
        assert {_shown(name) for name in harmed} <= named, harmed - named

    def _tidy(self, found: Sequence[Record]) -> None:
        """What the verifier names as nobody's is looked into: removed when the source has no such name."""
        named = self.here.said(list(found), "migrate-extra").keys()
        for container in (self.here.target, f"{self.here.target}_segments") if named else ():
            prefix = "" if container == self.here.target else f"{container}/"
            for name in self.straight.names(container):
                if _shown(prefix + name) in named and name not in self.truth:
                    self.straight.store.delete(self.straight.path(name, container))

    def _disturbed(self, verb: str, plan: list[Planned]) -> None:
        """A verb in a process of its own, with what is planned meanwhile."""
        self.runs += 1
        log, before = self.here.folder / "disturbed.log", self.faults.asked
        argv, env = self.here.argv(verb), self.here.env()
        with (
            log.open("wb") as output,
            subprocess.Popen(argv, cwd=ROOT, env=env, stdout=output, stderr=output) as process,
        ):
            try:
                for planned in sorted(plan, key=lambda one: (one.what == "kill", one.after)):
                    _passed(self.faults, before + planned.after, process)
                    if planned.what == "kill":
                        process.send_signal(signal.SIGKILL)
                    else:
                        self._move(planned.what)
                process.wait(_SECONDS)
            finally:
                process.kill()
        assert process.returncode in (-signal.SIGKILL, *CODES[verb]), log.read_text()
        said = log.read_text()
        assert "Traceback" not in said, said
        assert "SOCLE_DEBUG" not in said, said

    def _move(self, what: str) -> None:
        """The source is not quiet."""
        source, name = self.straight.source, self.rng.choice(sorted(self._kept()))
        if what == "delete":
            source.delete_blob(name)
            del self.truth[name]
            return
        if what == "shrink":  # what was large needs no segments any more
            name = max(self._kept(), key=lambda one: len(self.truth[one]))
        if what == "add":
            name = f"added meanwhile/{len(self.truth)}"
        body = self.rng.randbytes(300)
        source.upload_blob(name, body, overwrite=True)
        self.truth[name] = body

    def judge(self) -> None:
        """Both ends as they are now, byte by byte, by no code of what is tested."""
        wanted, desk = self._kept(), self.straight
        found = desk.names()
        assert found == wanted.keys(), (found - wanted.keys(), wanted.keys() - found)
        for name, body in wanted.items():
            got = desk.store.get(desk.path(name), headers={"Accept-Encoding": "identity"}, stream=True)
            assert got.raw.read(decode_content=False) == body, name
        held: set[str] = set()
        for name, body in wanted.items():
            if len(body) > 1 << 16:
                parts = desk.store.get(desk.path(name) + "?multipart-manifest=get").json()
                held |= {part["name"].removeprefix(f"/{desk.target}_segments/") for part in parts}
        stored = desk.names(f"{desk.target}_segments")
        assert stored == held, (stored - held, held - stored)


def _passed(faults: Faults, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the proxy has seen so many requests in all, or the process has ended."""
    end = time.monotonic() + _SECONDS
    while faults.asked < count and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
