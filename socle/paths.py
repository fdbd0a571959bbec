"""Where things are: the checkout, the caches, the state of clouds and environments. Makes nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

from socle.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_CLOUD = "local"


def _folder(own: str, base: str, fallback: str) -> Path:
    if chosen := os.environ.get(own):
        return Path(chosen)
    return Path(os.environ.get(base) or Path.home() / fallback) / "socle"


def cache() -> Path:
    """What can be built again: `$SOCLE_CACHE`, else below `$XDG_CACHE_HOME`."""
    return _folder("SOCLE_CACHE", "XDG_CACHE_HOME", ".cache")


def state() -> Path:
    """What cannot: `$SOCLE_STATE`, else below `$XDG_STATE_HOME`."""
    return _folder("SOCLE_STATE", "XDG_STATE_HOME", ".local/state")


def _checked(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        raise UserError(
            f"not a cloud's name: {name!r}", "--cloud", "use lower-case letters, digits and hyphens"
        )
    return name


def cloud_dir(name: str) -> Path:
    """The folder of the embedded cloud `name` (localcloud's own)."""
    return state() / "clouds" / _checked(name)


def env_dir(name: str) -> Path:
    """The folder of the environment on cloud `name`: Pulumi's home and backend, SSH keys, logs."""
    return state() / "envs" / _checked(name)
