"""Asks toolchain/peer.py for OpenTofu, and writes what lets it find its provider without any registry."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from socle.errors import FailureError
from socle.paths import ROOT

BUILDER = ROOT / "toolchain" / "peer.py"
SOURCE = "socle.invalid/terraform-provider-openstack/openstack"
"""As platform/versions.tf names the provider."""


@dataclass(frozen=True)
class Peer:
    """Both executables and their versions."""

    tofu: Path
    tofu_version: str
    provider: Path
    provider_version: str


def obtain() -> Peer:
    """Both, compiled when the cache has them not: minutes, with progress. FailureError when that fails."""
    if subprocess.run([sys.executable, str(BUILDER)], check=False).returncode:
        raise FailureError("OpenTofu was not built", str(BUILDER.relative_to(ROOT)), "see above")
    return built()


def built() -> Peer:
    """Both as they are in the cache; FailureError when they are not there."""
    argv = [sys.executable, str(BUILDER), "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailureError(done.stderr.strip().removeprefix("socle: ") or "it said nothing", "tool chain")
    found = json.loads(done.stdout)
    return Peer(
        Path(found["tofu"]), found["tofu_version"], Path(found["provider"]), found["provider_version"]
    )


def configure(peer: Peer, folder: Path) -> Path:
    """Make a mirror of the one provider in `folder`; the path of the CLI configuration that names it."""
    # Named alone, the mirror is the only place that is looked at: nothing is asked of any registry.
    configuration = folder / "tofu.rc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder / "mirror"}"\n  }}\n}}\n',
        encoding="utf-8",
    )
    asked, env = [str(peer.tofu), "version", "-json"], {"TF_CLI_CONFIG_FILE": str(configuration)}
    said = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=folder, env=env).stdout
    place = folder / "mirror" / SOURCE / peer.provider_version / json.loads(said)["platform"]
    place.mkdir(parents=True)
    (place / f"{peer.provider.name}_v{peer.provider_version}").symlink_to(peer.provider)
    return configuration
