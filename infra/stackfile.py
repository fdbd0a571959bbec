"""Stack files, stacks/Pulumi.<stack>.yaml: their names, their layer, and what is said in one of another's.

What a layer's table may contain is in config/, whether it can be planned in plan/.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from infra.facts import Document, FactError, Loader, read

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "hdh"
LAYERS = ("platform", "data", "space")


def stack_file(stack: str, root: Path | None = None) -> Path:
    """Where the specification of a stack lies, whether it is there or not."""
    return (root or ROOT) / "stacks" / f"Pulumi.{stack}.yaml"


def read_stack(stack: str, root: Path | None = None) -> Document:
    """The stack's file."""
    label = f"stacks/Pulumi.{stack}.yaml"
    document = read((root or ROOT) / label, label)
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


def stack_name(text: str) -> str:
    """`text` when it can name a stack; FactError otherwise. Keeps paths out of file names."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,14}-(platform|data|space-[a-z]([a-z0-9-]{0,28}[a-z0-9])?)", text):
        raise FactError(
            f"stack {text!r}: not <environment>-platform, -data or -space-<name>; "
            "say for example local-platform"
        )
    return text


def environment_of(stack: str) -> str:
    """The environment that a stack belongs to."""
    return stack.partition("-")[0]


def space_of(stack: str) -> str:
    """The space that a stack is; empty for a stack of another layer."""
    _, _, rest = stack.partition("-")
    return rest.removeprefix("space-") if rest.startswith("space-") else ""


def spaces_of(environment: str, root: Path | None = None) -> list[str]:
    """The stacks of an environment's spaces, by name."""
    found = ((root or ROOT) / "stacks").glob(f"Pulumi.{environment}-space-*.yaml")
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in found)


def stacks_said(layer: str, root: Path | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every stack of a layer, of any environment, with what its file says; nothing is checked.

    One that cannot be read is left out: its own load says why, and it must not stand in others' way.
    """
    pattern = "*-space-*" if layer == "space" else f"*-{layer}"
    for path in sorted(((root or ROOT) / "stacks").glob(f"Pulumi.{pattern}.yaml")):
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506 - a safe one
            said = document["config"][f"{PROJECT}:{layer}"]
        except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
            continue
        if isinstance(said, dict):
            yield path.name.removeprefix("Pulumi.").removesuffix(".yaml"), said
