"""Obtains `pulumi`: uses an official one as it is, builds what is missing, once, into the user's cache.

Runs on Debian's Python before any environment exists, so it needs the standard library alone.
Exit codes: 0 it stands, 1 the build failed, 2 this machine or call cannot serve.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from obtain import golang, official, pins, store
from obtain.talk import CannotError, say

# Sources and compiled packages of both Go modules while building; 160 MB stay.
NEED_GIB = 7
LANGUAGE_HOST = "pulumi-language-python"


@dataclass(frozen=True)
class Plan:
    """What serves, and where it is or will be."""

    bin: Path
    plugin: Path
    official_cli: bool
    official_plugin: bool
    folder: Path
    why_not: str = ""

    def stands(self) -> bool:
        """Whether nothing is left to build."""
        return (self.official_cli and self.official_plugin) or store.is_complete(self.folder)


def plan() -> Plan:
    """Look at what is installed and at the pins; builds nothing."""
    cli, plugin = official.find_cli(), official.find_plugin()
    parts = [
        part for part, found in (("cli", cli.bin), ("langhost", cli.bin), ("provider", plugin)) if not found
    ]
    key = "-".join(pins.part_key(part)[:6] for part in parts)
    folder = pins.cache_root() / "toolchain" / key
    own = folder / "pulumi-home" / "plugins" / pins.PLUGIN / pins.PLUGIN_BINARY
    return Plan(cli.bin or folder / "bin", plugin or own, bool(cli.bin), bool(plugin), folder, cli.why_not)


def build(made: Plan) -> None:
    """Build the missing parts and put them together; raises CannotError with the reason."""
    root = pins.cache_root() / "toolchain"
    with store.locked(root):
        if made.stands():
            return
        check_disk(root)
        if made.why_not:
            say(f"not using the installed Pulumi: {made.why_not}")
        cli = None if made.official_cli else built_part(root, "cli", "the OpenStack provider")
        provider = None if made.official_plugin else built_part(root, "provider", "putting it together")
        with store.building(made.folder) as partial:
            if cli:
                store.link(cli / "pulumi", partial / "bin" / "pulumi")
                shutil.copytree(
                    pins.TOOLCHAIN / "langhost",
                    partial / "langhost",
                    ignore=shutil.ignore_patterns("__pycache__"),
                )
                shutil.copy2(pins.TOOLCHAIN / LANGUAGE_HOST, partial / "bin" / LANGUAGE_HOST)
            if provider:
                binary = Path("pulumi-home") / "plugins" / pins.PLUGIN / pins.PLUGIN_BINARY
                store.link(provider / pins.PLUGIN_BINARY, partial / binary)
        discard_tools(root)


def discard_tools(root: Path) -> None:
    """Remove what only compiling needs."""
    tools = [root / "go-work", root / "go"]
    if any(folder.exists() for folder in tools):
        say("compiler, sources and compiled packages have served: removing 4 GiB in the background")
        store.discard_later(root / "trash", tools)


def compiled(made: Plan) -> bool:
    """Whether only the putting together is left, as after a change of the language host: a moment's work."""
    wanted = [
        part for part, found in (("cli", made.official_cli), ("provider", made.official_plugin)) if not found
    ]
    return all(store.is_complete(part_folder(pins.cache_root() / "toolchain", part)) for part in wanted)


def part_folder(root: Path, part: str) -> Path:
    """Where one Go module's executable is kept."""
    return root / "parts" / f"{part}-{pins.part_key(part)}"


def built_part(root: Path, part: str, upcoming: str) -> Path:
    """One Go module's executable, built unless the cache has it."""
    folder = part_folder(root, part)
    if store.is_complete(folder):
        return folder
    build = golang.Build(golang.choose(root), pins.TOOLCHAIN / part, root / "go-work")
    with store.building(folder) as partial:
        if part == "cli":
            package, stamp = (
                "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                "github.com/pulumi/pulumi/sdk/v3/go/common/version",
            )
            flags = ["-ldflags", f"-s -w -X {stamp}.Version={pins.cli_version()}"]
            build.run(package, partial / "pulumi", flags, "pulumi (1 of 2)", upcoming)
        else:
            flags = ["-tags", "osusergo,grpcnotrace", "-ldflags", "-s -w"]
            build.run(".", partial / pins.PLUGIN_BINARY, flags, "OpenStack provider (2 of 2)", upcoming)
    return folder


def check_disk(root: Path) -> None:
    """Refuse before the download rather than fail in the middle of it."""
    free = shutil.disk_usage(root).free >> 30
    if free < NEED_GIB:
        raise CannotError(
            f"disk: {free} GiB free under {root}, {NEED_GIB} GiB needed to build; "
            "free some or set SOCLE_CACHE",
            2,
        )


def install_home(made: Plan, home: Path) -> None:
    """Put the provider plugin into a PULUMI_HOME by a link; the user's own homes are left alone."""
    if home.resolve() == (Path.home() / ".pulumi").resolve():
        raise CannotError(
            f"{home} is your own Pulumi's home and stays as it is; name a folder of the project", 2
        )
    place = home / "plugins" / pins.PLUGIN
    place.mkdir(parents=True, exist_ok=True)
    link = place / pins.PLUGIN_BINARY
    if link.is_symlink() and link.readlink() == made.plugin:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(made.plugin)


def answer(made: Plan) -> dict[str, object]:
    """What stands, for programs."""
    return {
        "bin": str(made.bin),
        "plugin": str(made.plugin),
        "cli": "official" if made.official_cli else "built",
        "provider": "official" if made.official_plugin else "built",
        "stands": made.stands(),
    }


def main(arguments: list[str]) -> int:
    """Do what the command line asks; without a verb, build what is missing."""
    parser = argparse.ArgumentParser(
        description="Obtain pulumi, its Python language host and its OpenStack provider."
    )
    parser.add_argument(
        "--print-bin", action="store_true", help="print the folder that holds pulumi; builds nothing"
    )
    parser.add_argument("--json", action="store_true", help="print what serves and where; builds nothing")
    parser.add_argument(
        "--install-home", metavar="DIR", type=Path, help="link the provider plugin into this PULUMI_HOME"
    )
    asked = parser.parse_args(arguments)
    return exit_code(lambda: obey(asked))


def exit_code(work: Callable[[], int]) -> int:
    """Run it; what it cannot do becomes one line and an exit code."""
    try:
        return work()
    except CannotError as reason:
        sys.stderr.write(f"socle: {reason}\n")
        return reason.code
    except OSError as error:
        sys.stderr.write(
            f"socle: {error.filename or 'tool chain'}: {error.strerror}; mend it and run again\n"
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("socle: interrupted; what was compiled so far is kept, run again to go on\n")
        return 130


def obey(asked: argparse.Namespace) -> int:
    """Do what was asked; raises CannotError when that is impossible."""
    made = plan()
    if asked.json:
        sys.stdout.write(json.dumps(answer(made), indent=1) + "\n")
        return 0
    if (asked.print_bin or asked.install_home) and not made.stands():
        if not compiled(made):
            raise CannotError("the tool chain is not built yet; run `make deps` first", 2)
        build(made)
    if asked.install_home:
        install_home(made, asked.install_home)
    elif asked.print_bin:
        sys.stdout.write(f"{made.bin}\n")
    elif made.stands():
        say(f"tool chain: nothing to build ({made.bin})")
    else:
        build(made)
        say(f"tool chain: ready ({made.bin})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
