"""Command line of the guest image: build, show, boot, boot-test. Exit codes: 0 ok, 1 failure, 2 usage."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from localcloud.image.build import ensure
from localcloud.image.errors import ImageError


def default_cache() -> Path:
    """Socle's cache folder: $SOCLE_CACHE, else the user's cache folder."""
    if "SOCLE_CACHE" in os.environ:
        return Path(os.environ["SOCLE_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "socle"


def parser() -> argparse.ArgumentParser:
    """The argument parser."""
    top = argparse.ArgumentParser(prog="python -m localcloud.image", description=__doc__)
    top.add_argument(
        "--cache", type=Path, default=default_cache(), help="cache folder (default: %(default)s)"
    )
    top.add_argument(
        "--provider", action="store_true", help="the artefact without emulation's kernel arguments"
    )
    verbs = top.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build", help="build the image unless the cache has it; prints its path")
    verbs.add_parser("show", help="print the artefact as JSON (builds it when missing)")
    boot = verbs.add_parser("boot", help="run the image in QEMU until Ctrl-C")
    boot.add_argument("--port", type=int, default=2222, help="SSH port on 127.0.0.1 (default: 2222)")
    boot.add_argument("--key", type=Path, required=True, help="public SSH key to let in")
    boot.add_argument("--work", type=Path, help="folder for disk, logs, known_hosts (default: a new one)")
    test = verbs.add_parser(
        "boot-test", help="boot in QEMU, log in by the pinned host key, check, report seconds"
    )
    test.add_argument("--report", type=Path, help="also write the figures to this JSON file")
    for verb in (boot, test):
        verb.add_argument("--vcpus", type=int, default=1)
        verb.add_argument(
            "--timeout", type=float, default=600, help="seconds to wait for the guest (default: 600)"
        )
        verb.add_argument("--memory", type=int, default=1024, help="MiB (default: 1024)")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one verb; every failure the user can act on is one line on stderr and exit code 1."""
    options = parser().parse_args(argv)
    try:
        artefact = ensure(options.cache, emulated=not options.provider)
        if options.verb == "build":
            print(artefact.path)
        elif options.verb == "show":
            shown = {
                "path": str(artefact.path),
                "sha256": artefact.sha256,
                "disk_format": artefact.disk_format,
            }
            print(json.dumps({**shown, "properties": artefact.properties}, indent=1))
        elif options.verb == "boot":
            from localcloud.image.boot import serve

            serve(artefact.path, options)
        else:
            from localcloud.image.boottest import boot_test

            return boot_test(artefact.path, options)
    except ImageError as problem:
        print(f"image: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
