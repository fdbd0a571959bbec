"""Obtains what the benchmarks compare Pulumi with: OpenTofu, and the Terraform provider inside Pulumi's own.

Only `python -m bench.up` runs this: nothing of it is needed to provision anything. The provider's modules
have the versions that provider/go.mod gives them, so that both tools run the same code.
Runs on the standard library alone and gives the same exit codes as build.py.
"""

import argparse
import json
import sys
from pathlib import Path

from build import check_disk, discard_tools, exit_code, part_folder
from obtain import golang, pins, store
from obtain.talk import CannotError, say

PROVIDER = "github.com/terraform-provider-openstack/terraform-provider-openstack/v3"
TOFU = "github.com/opentofu/opentofu"
PROVIDER_BINARY = "terraform-provider-openstack"


def versions() -> dict[str, str]:
    """Of both, as the go.mod files pin them."""
    return {
        "tofu": pins.required("tofu", rf"{TOFU} v(\S+)"),
        "provider": pins.required("terraform-provider", rf"{PROVIDER} v(\S+)"),
    }


def folders(root: Path) -> dict[str, Path]:
    """Where both are kept, whether they are there or not."""
    return {"tofu": part_folder(root, "tofu"), "provider": part_folder(root, "terraform-provider")}


def build(root: Path) -> None:
    """Build what is missing; raises CannotError with the reason."""
    with store.locked(root):
        missing = {part: folder for part, folder in folders(root).items() if not store.is_complete(folder)}
        if not missing:
            return
        check_disk(root)
        go = golang.choose(root, "tofu")
        if "tofu" in missing:
            stamp = f"-s -w -X {TOFU}/version.dev=no"
            with store.building(missing["tofu"]) as partial:
                build = golang.Build(go, pins.TOOLCHAIN / "tofu", root / "go-work")
                package, flags = f"{TOFU}/cmd/tofu", ["-ldflags", stamp]
                build.run(package, partial / "tofu", flags, "tofu (1 of 2)", "its OpenStack provider")
        if "provider" in missing:
            with store.building(missing["provider"]) as partial:
                build = golang.Build(go, pins.TOOLCHAIN / "terraform-provider", root / "go-work")
                flags = ["-tags", "osusergo,grpcnotrace", "-ldflags", "-s -w"]
                target = partial / PROVIDER_BINARY
                build.run(PROVIDER, target, flags, "its OpenStack provider (2 of 2)", "the benchmark")
        discard_tools(root)


def answer(root: Path) -> dict[str, str]:
    """Where both stand, and their versions, for programs."""
    found, said = folders(root), versions()
    return {
        "tofu": str(found["tofu"] / "tofu"),
        "tofu_version": said["tofu"],
        "provider": str(found["provider"] / PROVIDER_BINARY),
        "provider_version": said["provider"],
    }


def obey(asked: argparse.Namespace) -> int:
    """Do what was asked; raises CannotError when that is impossible."""
    root = pins.cache_root() / "toolchain"
    if not all(map(store.is_complete, folders(root).values())):
        if asked.json:
            raise CannotError("OpenTofu is not built yet; run `python3 toolchain/peer.py` first", 2)
        build(root)
        say("OpenTofu and its provider: ready")
    if asked.json:
        sys.stdout.write(json.dumps(answer(root), indent=1) + "\n")
    return 0


def main(arguments: list[str]) -> int:
    """Build both, or say where they are."""
    parser = argparse.ArgumentParser(description="Obtain OpenTofu and its provider, to compare with.")
    parser.add_argument("--json", action="store_true", help="print where both stand; builds nothing")
    asked = parser.parse_args(arguments)
    return exit_code(lambda: obey(asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
