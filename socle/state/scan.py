"""Looks for secrets in clear: in the state and its history, in logs and files, in the process list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from socle.env import Environment
from socle.errors import SocleError
from socle.paths import cloud_dir, state
from socle.records import Record, Severity, Verdict
from socle.state.needles import Needle, UnreadableError, opened
from socle.state.store import Store

Piece = tuple[str, bytes]
"""Where something was read, and what."""
_TITLE = {"en": "No secret is in clear here", "fr": "Aucun secret n'est en clair ici"}
_KINDS = {"state": ("stacks", "backups"), "history": ("history",)}
_SHOWN = 3


def scan(
    store: Store, environment: Environment, needles: Sequence[Needle], files: Iterable[Path]
) -> list[Record]:
    """A record for each place: the backend's kinds of content, logs, given files, processes."""
    places = {
        **_backend(store),
        "logs": _files(_logs(environment)),
        "processes": _processes(),
        **{str(path): _files([path]) for path in files},
    }
    return [judge(name, pieces, needles) for name, pieces in places.items()]


def judge(target: str, pieces: Iterable[Piece], needles: Sequence[Needle]) -> Record:
    """One place's record; `unproven` when part of it could not be read and nothing was found in the rest."""
    found, unread, size, count = [], [], 0, 0
    try:
        for where, content in pieces:
            try:
                hay = opened(content)
            except UnreadableError as error:
                unread.append(f"{where}: {error}")
                continue
            count, size = count + 1, size + len(hay)
            for one in needles:
                if form := one.find(hay):
                    found.append(f"{one.name}, {form}, in {where}")
    except (OSError, SocleError) as error:
        unread.append(str(error))
    read = f"{count} read, {size} bytes, looked for {len(needles)} values"
    if found:
        verdict, evidence = Verdict.FAIL, f"{_some(found)}; {read}"
    elif unread:
        verdict, evidence = Verdict.UNPROVEN, f"{_some(unread)}; {read}"
    else:
        verdict, evidence = Verdict.PASS, read
    return Record.model_validate(
        {
            "check": "secret-in-clear",
            "target": target,
            "verdict": verdict,
            "title": _TITLE,
            "evidence": evidence,
            "severity": Severity.CRITICAL if found else None,
            "fix": "change that secret, then mark it: pulumi.Output.secret, config set --secret"
            if found
            else None,
        }
    )


def _some(lines: list[str]) -> str:
    more = len(lines) - _SHOWN
    return "; ".join(lines[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _backend(store: Store) -> dict[str, Iterator[Piece]]:
    def below(folders: tuple[str, ...]) -> Iterator[Piece]:
        return chain.from_iterable(store.blobs(f".pulumi/{folder}/") for folder in folders)

    return {f"{kind} in {store.name}": below(folders) for kind, folders in _KINDS.items()}


def _logs(environment: Environment) -> list[Path]:
    """Ours, the cloud's, and what every pulumi notes by itself; that is encrypted as far as it knows how."""
    ours = [environment.folder / "log", cloud_dir(environment.cloud) / "log", state() / "log"]
    return [*ours, Path(environment.variables["PULUMI_HOME"]) / "logs"]


def _files(paths: Iterable[Path]) -> Iterator[Piece]:
    """The files below some paths; one that is not there holds nothing, unless a person named it."""
    for path in paths:
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and not file.is_symlink():
                yield str(file), file.read_bytes()


def _processes() -> Iterator[Piece]:
    """Command lines, which every user of the machine can read; one that ended meanwhile shows nothing."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield f"process {path.parent.name}", path.read_bytes().replace(b"\0", b" ")
        except (FileNotFoundError, ProcessLookupError):
            continue
