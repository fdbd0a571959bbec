"""An environment's four tables read together: the stack's own, zones, flows, and its provider's profile.

Here: finding the files, and giving every complaint of the planners its file and line.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.config import Flows, Platform, Profile, Zones, strong_public_key
from infra.facts import Document, FactError, read, validate
from infra.plan.plan import Plan, make_plan
from infra.plan.problem import PlanError

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "hdh"
LAYERS = ("platform",)


@dataclass(frozen=True)
class Specification:
    """What an environment is to be, and the plan that follows from it."""

    stack: str
    platform: Platform
    zones: Zones
    profile: Profile
    plan: Plan


def read_stack(stack: str, root: Path = ROOT) -> Document:
    """The stack's file, stacks/Pulumi.<stack>.yaml."""
    label = f"stacks/Pulumi.{stack}.yaml"
    document = read(root / label, label)
    if not isinstance(document.data, dict) or not isinstance(document.data.get("config"), dict):
        raise document.error((), f"'config' is missing; say {PROJECT}:layer and its specification there")
    return document


def layer_of(document: Document) -> str:
    """The layer that the stack is, `hdh:layer`. Other keys of the project are refused."""
    key = f"{PROJECT}:layer"
    layer = document.data["config"].get(key)
    if layer is None:
        raise document.error(("config",), f"'{key}' is missing; choose {', '.join(LAYERS)}")
    if layer not in LAYERS:
        raise document.error(("config", key), f"layer {layer} is unknown; choose {', '.join(LAYERS)}")
    for other in document.data["config"]:
        if other.startswith(f"{PROJECT}:") and other not in (key, f"{PROJECT}:{layer}"):
            raise document.error(
                ("config", other), f"unknown key '{other}'; remove it or correct its spelling"
            )
    return str(layer)


def load(stack: str, root: Path = ROOT, override: dict[str, Any] | None = None) -> Specification:
    """Everything about a platform stack.

    `override`: keys of hdh:platform that replace the file's: what `pulumi config set` left in a
    configuration file of one's own, beside the committed one.

    Raises FactError: one line with file, line, what is wrong and the fix.
    """
    document = read_stack(stack, root)
    layer = layer_of(document)
    at = ("config", f"{PROJECT}:{layer}")
    said = document.data["config"].get(f"{PROJECT}:{layer}")
    merged = {**said, **override} if isinstance(said, dict) and override else said
    platform = validate(Platform, document, at, merged)
    profile_label = f"stacks/profiles/{platform.profile}.yaml"
    if not (root / profile_label).is_file():
        names = ", ".join(sorted(path.stem for path in (root / "stacks/profiles").glob("*.yaml")))
        raise document.error((*at, "profile"), f"profile {platform.profile} is unknown; choose {names}")
    tables = {
        "zones": read(root / "stacks/zones.yaml", "stacks/zones.yaml"),
        "flows": read(root / "stacks/flows.yaml", "stacks/flows.yaml"),
        "profile": read(root / profile_label, profile_label),
    }
    zones = validate(Zones, tables["zones"], (), tables["zones"].data)
    flows = validate(Flows, tables["flows"], (), tables["flows"].data)
    profile = validate(Profile, tables["profile"], (), tables["profile"].data)
    try:
        return Specification(stack, platform, zones, profile, make_plan(platform, zones, flows, profile))
    except PlanError as error:
        if error.table == "stack":
            raise document.error((*at, *error.loc), error.what) from None
        raise tables[error.table].error(error.loc, error.what) from None


def automation_key(platform: Platform) -> str:
    """The OpenSSH public key that automation logs in with: the stack's own, or the environment's."""
    if platform.automation_key is not None:
        return platform.automation_key
    folder = os.environ.get("SOCLE_SSH_DIR")
    if not folder:
        raise FactError("SOCLE_SSH_DIR is not set; use `make shell`, or give automation_key in the stack")
    path = Path(folder) / "id_ed25519.pub"
    try:
        return strong_public_key(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise FactError(f"{path}: {error.strerror}; run `make up`, or correct SOCLE_SSH_DIR") from None
    except ValueError as error:
        raise FactError(f"{path}: {error}") from None


def stack_name(text: str) -> str:
    """`text` when it can name a stack; FactError otherwise. Keeps paths out of file names."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,14}-[a-z][a-z0-9-]{0,40}", text):
        raise FactError(f"stack {text!r}: not <environment>-<layer>; say for example local-platform")
    return text
