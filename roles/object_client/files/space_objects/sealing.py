"""Seals and opens objects with the program `age`, and binds to each who stored it and under which name.

Age's format (age-encryption.org/v1) is a stream of 64 KiB pieces, each authenticated, the last one marked:
what was cut, changed or put in another order does not open. Who sealed it and as what it does not say: the
first line inside does (docs/decisions/0022 of the project).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

MARK = b"age-encryption.org/v1\n"
PIECE = 64 * 1024
FORMAT, KEYS = "socle-object/1", "socle-object-keys/1"
LONGEST_LINE = 4096
TELL = "do not use it, and tell who runs the platform"


class Trouble(Exception):  # noqa: N818 - what is printed, not only an error
    """One line for the person; `code`: 1 failed, 2 wrong request, 3 not what was stored, 4 no answer."""

    def __init__(self, text: str, code: int = 1) -> None:
        """What, where, and how to mend it."""
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Keys:
    """What `python -m socle.space.objects` writes."""

    space: str
    origin: bytes
    recipients: tuple[str, ...]
    readers: tuple[str, ...]
    identities: tuple[str, ...]

    def may_open(self, container: str) -> tuple[str, ...]:
        """To whom an object of this container is sealed: what is given out also to those who take it out."""
        return self.recipients + (self.readers if container == f"{self.space}-out" else ())


def read_keys(source: str) -> Keys:
    """From a file, or standard input for `-`."""
    try:
        said = json.loads(sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8"))
        if said["format"] != KEYS:
            raise ValueError(said["format"])
        lists = (tuple(map(str, said[key])) for key in ("recipients", "readers", "identities"))
        return Keys(str(said["space"]), bytes.fromhex(said["origin"]), *lists)
    except OSError as error:
        fix = "it comes with the space's credential; ask who runs the platform"
        raise Trouble(
            f"{source}: the keys of the space cannot be read ({error.strerror}); {fix}", 2
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Trouble(
            f"{source}: not the keys of a space; name the file that was given, or leave it out", 2
        ) from None


def first_line(keys: Keys, place: str) -> bytes:
    """What is sealed before the data: a code that only who holds the space's keys can make for this place.

    Nobody sees it who cannot open the object, so nobody else can put it before data of their own.
    """
    code = hmac.new(keys.origin, f"{FORMAT} {place}".encode(), hashlib.sha256).hexdigest()
    return f"{FORMAT} {code} {place}\n".encode()


def sealed(data: Iterable[bytes], keys: Keys, place: str) -> Iterator[bytes]:
    """The object, piece by piece, of this data. `place`: container and name, with a slash between them."""
    words = [word for one in keys.may_open(place.partition("/")[0]) for word in ("-r", one)]

    def all_of_it() -> Iterator[bytes]:
        yield first_line(keys, place)
        yield from data

    yield from _age(words, all_of_it())


def opened(pieces: Iterable[bytes], keys: Keys, place: str) -> Iterator[bytes]:
    """The data in it. Nothing counts before the last piece came out: only then is it known to be whole."""
    if not keys.identities:
        raise Trouble("these keys seal and do not open; give your own with --identity", 2)
    memory = os.memfd_create("identities")  # in no file, and no argument
    try:
        os.write(memory, "\n".join([*keys.identities, ""]).encode())
        plain = _age(["-d", "-i", f"/dev/fd/{memory}"], pieces, memory)
        line, rest = b"", b""
        for piece in plain:
            line += piece
            if b"\n" in line or len(line) > LONGEST_LINE:
                line, _, rest = line.partition(b"\n")
                break
        _judge(line + b"\n", keys, place)
        yield rest
        yield from plain
    finally:
        os.close(memory)


def _judge(line: bytes, keys: Keys, place: str) -> None:
    wanted = first_line(keys, place)
    if hmac.compare_digest(line, wanted):
        return
    said = re.fullmatch(rb"socle-object/1 ([0-9a-f]{64}) ([^\n]{1,2048})\n", line)
    if not said:
        raise Trouble(
            f"{place}: sealed, but not by this space's command; whoever sealed it has to tell how", 3
        )
    name = said[2].decode(errors="replace")
    if hmac.compare_digest(line, first_line(keys, name)):
        raise Trouble(f"{place}: somebody put {name} in its place; {TELL}", 3)
    raise Trouble(f"{place}: not sealed by this space, nor for it; {TELL}", 3)


def _age(words: list[str], data: Iterable[bytes], *kept: int) -> Iterator[bytes]:
    """What age makes of the data; Trouble when it refuses, and whatever the data itself raises.

    Data that ends with an error must never look like the end of the data: age is killed then.
    """
    with tempfile.TemporaryFile() as said:
        try:
            run = subprocess.Popen(
                ["age", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                pass_fds=kept,
            )
        except FileNotFoundError:
            raise Trouble("the program age is not installed: apt-get install age") from None
        raised: list[BaseException] = []
        feeder = threading.Thread(target=_feed, args=(run, data, raised), daemon=True)
        feeder.start()
        try:
            while piece := cast("IO[bytes]", run.stdout).read(PIECE):
                yield piece
            feeder.join()
            run.wait()
        finally:
            run.kill()  # nothing, when it has ended
            run.wait()
        if raised:
            raise raised[0]
        if run.returncode:
            said.seek(0)
            raise Trouble(_understood(said), 3 if "-d" in words else 1)


def _feed(run: subprocess.Popen[bytes], data: Iterable[bytes], raised: list[BaseException]) -> None:
    stdin = cast("IO[bytes]", run.stdin)
    try:
        for piece in data:
            stdin.write(piece)
    except BrokenPipeError:
        pass  # age says why
    except BaseException as error:
        raised.append(error)
        run.kill()
    with suppress(BrokenPipeError):
        stdin.close()


def _understood(said: IO[bytes]) -> str:
    lines = said.read().decode(errors="replace").splitlines()
    text = lines[0].removeprefix("age: ") if lines else "age ended without a word"
    if "no identity matched" in text:
        return "no key here opens it: it was sealed for somebody else, or with a key that was destroyed"
    if "failed to read header" in text or "parsing" in text:
        return "it is not sealed, or its beginning was changed"
    return f"it is not whole, or was changed ({text.removeprefix('error: ')})"
