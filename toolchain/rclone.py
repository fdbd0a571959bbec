"""Obtains rclone, which migrations are compared with: Debian's package, unpacked into the cache.

Only a bench runs this. The package is not installed: what is compared must not change the machine. apt checks
its hash by Debian's signed lists. Runs on the standard library alone; exit codes are those of build.py.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from build import exit_code
from obtain import pins, store
from obtain.talk import CannotError, say

PACKAGE = "rclone"
PATIENCE_SECONDS = 600


def program_of(cache: Path) -> Path:
    """Where it is kept, whether it is there or not."""
    return cache / "unpacked" / PACKAGE / "usr" / "bin" / PACKAGE


def build(cache: Path) -> None:
    """Fetch and unpack it when it is missing; raises CannotError with the reason."""
    folder = cache / "unpacked" / PACKAGE
    with store.locked(cache / "unpacked"):
        if program_of(cache).is_file():
            return
        say("fetching rclone from Debian (15 MB)")
        partial = folder.with_name(f"{PACKAGE}.partial")
        store.discard(partial)
        store.discard(folder)
        partial.mkdir(parents=True)
        fetch = ["apt-get", "-q", "download", PACKAGE]
        if _run(fetch, partial):
            _run(["apt-get", "-q", "update"], partial)  # lists that are old name what is no longer there
            if said := _run(fetch, partial):
                raise CannotError(
                    f"rclone could not be fetched ({said}); mend the package sources, run again"
                )
        (package,) = partial.glob("*.deb")
        if said := _run(["dpkg-deb", "-x", package.name, "."], partial):
            raise CannotError(f"rclone could not be unpacked ({said}); run again")
        package.unlink()
        partial.rename(folder)


def _run(argv: list[str], folder: Path) -> str:
    """Why a command failed, empty when it did not."""
    try:
        done = subprocess.run(
            argv, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)[:300]
    if not done.returncode:
        return ""
    said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or [f"exit {done.returncode}"]
    return said[0][:300]


def obey(asked: argparse.Namespace) -> int:
    """Do what was asked; raises CannotError when that is impossible."""
    cache = pins.cache_root()
    if not asked.json_only:
        build(cache)
    elif not program_of(cache).is_file():
        raise CannotError("rclone is not fetched yet; run `python3 toolchain/rclone.py` first", 2)
    sys.stdout.write(json.dumps({"program": str(program_of(cache))}) + "\n")
    return 0


def main(arguments: list[str]) -> int:
    """Fetch it, or say where it is."""
    parser = argparse.ArgumentParser(description="Obtain rclone, to compare migrations with.")
    parser.add_argument(
        "--json", dest="json_only", action="store_true", help="say where it is; fetches nothing"
    )
    asked = parser.parse_args(arguments)
    return exit_code(lambda: obey(asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
