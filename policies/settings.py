"""What the policy-config file may say: the pack's settings under PACK-01, parameters under each policy.

The form of every value is that of its default; what has another form is refused in one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from policies.model import POLICIES

PACK: Final = "PACK-01"


class BadInputError(Exception):
    """What was given cannot be used; the text says what, where, and how to mend it."""


def _kind(value: Any) -> str:
    names = {bool: "a switch", int: "a number", str: "a text", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)


def schema(default: Any) -> dict[str, Any]:
    """JSON schema of a parameter, for the engine to check the file before the pack sees it."""
    names = {bool: "boolean", int: "number", str: "string", list: "array", dict: "object"}
    return {"type": names[type(default)], "default": default}


def checked(config: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Configuration by policy; raises BadInputError for a policy or parameter that there is not."""
    good: dict[str, dict[str, Any]] = {}
    for name, said in config.items():
        if name not in POLICIES:
            raise BadInputError(f"policy config: there is no policy {name}; see docs/policies for the list")
        defaults = POLICIES[name].params
        for key, value in said.items():
            where = f"policy config: {name}.{key}"
            if key not in defaults:
                known = ", ".join(sorted(defaults)) or "it has none"
                raise BadInputError(f"{where}: there is no such parameter ({known})")
            if _kind(value) != _kind(defaults[key]):
                raise BadInputError(f"{where}: is {_kind(value)}, must be {_kind(defaults[key])}")
        good[name] = dict(said)
    return good


def pack_settings(config: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The settings that every policy sees beside its own parameters."""
    return {**POLICIES[PACK].params, **config.get(PACK, {})}
