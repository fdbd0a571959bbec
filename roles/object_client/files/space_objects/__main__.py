"""`space-objects`: a space's exchange containers, for the people who work in it. What it stores is sealed.

Runs on a workstation with Debian's python3 and age alone; `seal` and `open` also where there is no gateway.
"""

from __future__ import annotations

import argparse
import os
import pwd
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from sealing import PIECE, Keys, Trouble, opened, read_keys, sealed
from store import LARGEST, Store, checked

ACCESS = Path("/etc/socle/objects/access")
"""Leads to the space's sealed volume, where each person has a folder of their own."""
EXAMPLES = """examples:
  space-objects list                      what came in for the space
  space-objects get study/codes.csv       fetch it, opened, into the present folder
  space-objects put results.csv           seal it and give it out, under the same name
  space-objects put t.csv 2028/table.csv  the same, under another name
  space-objects list out                  what was given out; it cannot be taken back
  space-objects get --from hospital-stays stays-2027.parquet     from a base that the space may read

exit codes: 0 done, 1 refused or failed, 2 wrong request, 3 the object is not what was stored, 4 no answer"""


def main(words: list[str] | None = None) -> int:
    """Do what is asked; one line on standard error when it cannot."""
    asked = _arguments(words)
    try:
        asked.work(asked)
    except Trouble as error:
        print(f"space-objects: {error}", file=sys.stderr)
        return error.code
    except OSError as error:
        print(f"space-objects: {error.filename or 'file'}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("space-objects: stopped; nothing was stored, nothing was fetched", file=sys.stderr)
        return 1
    return 0


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="space-objects",
        description="Fetch what came in for the space; seal and give out its results.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(required=True, metavar="list | get | put | seal | open")
    one = verbs.add_parser("list", help="what is there")
    one.add_argument("place", nargs="?", default="in", help="in (default), out, or a base's name")
    one.set_defaults(work=_list)
    one = verbs.add_parser("get", help="fetch and open an object")
    one.add_argument("name")
    one.add_argument("file", nargs="?", type=Path, help="where to; else its own name, here")
    one.add_argument("--from", dest="place", default="in", help="in (default), out, or a base's name")
    one.add_argument(
        "--unsealed", action="store_true", help="take it as it lies there: nobody vouches for it"
    )
    one.set_defaults(work=_get)
    one = verbs.add_parser("put", help="seal a file and give it out")
    one.add_argument("file", type=Path)
    one.add_argument("name", nargs="?", help="under this name; else the file's own")
    one.set_defaults(work=_put)
    for verb, work, what in (("seal", _seal, "a file for a place"), ("open", _open, "a copy of an object")):
        one = verbs.add_parser(verb, help=f"{verb} {what}, without any store")
        one.add_argument("file", type=Path)
        one.add_argument("to", type=Path)
        one.add_argument("--name", required=True, metavar="CONTAINER/NAME", help="where it belongs or lay")
        one.set_defaults(work=work)
    one.add_argument("--identity", type=Path, help="your own secret key of age, if it was sealed to it")
    for verb in ("list", "get", "put"):
        verbs.choices[verb].add_argument(
            "--access", type=Path, help="folder of credential and keys; else yours"
        )
    for one in verbs.choices.values():
        one.add_argument("--keys", help="the space's keys, - for standard input; else your own folder's")
        one.add_argument("--force", action="store_true", help="write over a file that is there")
    return parser.parse_args(words)


def _folder(asked: argparse.Namespace) -> Path:
    given: Path | None = getattr(asked, "access", None)
    return given or ACCESS / pwd.getpwuid(os.geteuid()).pw_name


def _keys(asked: argparse.Namespace) -> Keys:
    return read_keys(asked.keys or str(_folder(asked) / "objects.json"))


def _reach(asked: argparse.Namespace, space: str, place: str) -> tuple[Store, str]:
    """The store, and the container that is meant."""
    environment, _, name = space.partition("-")
    own = place in ("in", "out")
    entry = f"{environment}-space-{name}" if own else f"{environment}-base-{place}"
    return Store(_folder(asked) / "clouds.yaml", entry), f"{space}-{place}" if own else entry


def _list(asked: argparse.Namespace) -> None:
    store, container = _reach(asked, _keys(asked).space, asked.place)
    for name, size, when in store.names(container):
        print(f"{size:>14}  {when}  {name}")


def _get(asked: argparse.Namespace) -> None:
    keys, name = _keys(asked), checked(asked.name)
    store, container = _reach(asked, keys.space, asked.place)
    pieces = store.fetch(container, name)
    # A base is the platform's, and not sealed with any space's key.
    plain = asked.unsealed or asked.place not in ("in", "out")
    _write(
        asked.file or Path(name.rpartition("/")[2]),
        pieces if plain else opened(pieces, keys, f"{container}/{name}"),
        force=asked.force,
    )


def _put(asked: argparse.Namespace) -> None:
    keys, name = _keys(asked), checked(asked.name or asked.file.name)
    with asked.file.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size + size // PIECE * 16 + PIECE > LARGEST:
            raise Trouble(f"{asked.file}: {size} bytes are too many for one object; split it: split -b 4G", 2)
        store, container = _reach(asked, keys.space, "out")
        store.put(container, name, sealed(_pieces(stream), keys, f"{container}/{name}"))
    print(f"{name}: sealed and given out")


def _seal(asked: argparse.Namespace) -> None:
    place, keys = _placed(asked.name), _keys(asked)
    with asked.file.open("rb") as stream:
        _write(asked.to, sealed(_pieces(stream), keys, place), force=asked.force)


def _open(asked: argparse.Namespace) -> None:
    place, keys = _placed(asked.name), _keys(asked)
    if asked.identity:
        keys = replace(keys, identities=tuple(asked.identity.read_text(encoding="utf-8").splitlines()))
    with asked.file.open("rb") as stream:
        _write(asked.to, opened(_pieces(stream), keys, place), force=asked.force)


def _placed(text: str) -> str:
    container, _, name = text.partition("/")
    if not (container and name):
        raise Trouble(f"{text!r}: write the container, a slash, and the object's name", 2)
    checked(name)
    return text


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    try:
        while piece := stream.read(PIECE):
            yield piece
    except OSError as error:
        raise Trouble(f"{stream.name}: cannot be read ({error.strerror})") from None


def _write(file: Path, pieces: Iterable[bytes], *, force: bool) -> None:
    """All of it or nothing, for its owner alone: nothing stands there that was not found to be whole."""
    if file.exists() and not force:
        raise Trouble(f"{file}: there is one already; name another file, or add --force", 2)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with open(part, "xb", opener=lambda path, how: os.open(path, how, 0o600)) as stream:
            for piece in pieces:
                stream.write(piece)
            os.fsync(stream.fileno())
        part.replace(file)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


if __name__ == "__main__":
    sys.exit(main())
