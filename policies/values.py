"""What a property's value can be: the only place that knows how the engine writes unknowns and secrets.

Plain Python below it: `dict`, `list`, `str`, `int`, `float`, `bool`; null is absent; `UNKNOWN` is one that a
preview cannot know; `Secret` is a value that was marked, and never shows itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeGuard

# Property signatures of the engine (sdk/go/common/resource: properties.go, sig/sig.go).
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # the protocol's mark, no secret
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_UNKNOWNS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and any computed value
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
# What `pulumi policy analyze --file` puts in the place of a secret it cannot open.
_REDACTED: Final = "[secret]"


class Unknown:
    """A value that cannot be known yet. It equals nothing, so that no comparison passes by accident."""

    def __eq__(self, other: object) -> bool:
        """Never, not even to itself."""
        return False

    def __hash__(self) -> int:
        """Any: it is never found again."""
        return id(self)

    def __bool__(self) -> bool:
        """Neither true nor false: asking is a defect of a policy, which the judge reports as unproven."""
        raise UnknownUsedError

    def __repr__(self) -> str:
        """For reports."""
        return "[unknown]"


class UnknownUsedError(Exception):
    """A policy decided on an unknown value."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, repr=False, eq=False)
class Secret:
    """A value that was marked as a secret; `reveal` is for checks of its form only, never for messages."""

    _value: Any

    def reveal(self) -> Any:
        """The value in clear, `UNKNOWN` where the engine withheld it."""
        return self._value

    def __repr__(self) -> str:
        """Never the value."""
        return "[secret]"


Value: TypeAlias = "str | int | float | bool | list[Any] | dict[str, Any] | Secret | Unknown | None"


def normalise(raw: Any) -> Value:  # noqa: PLR0911  # a form a line
    """A value as the engine's protocol has it, in plain Python; what has an unknown form is unknown."""
    if raw is None or isinstance(raw, bool | int):
        return raw
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() else raw
    if isinstance(raw, str):
        if raw in _UNKNOWNS:
            return UNKNOWN
        return Secret(UNKNOWN) if raw == _REDACTED else raw
    if isinstance(raw, list):
        return [normalise(item) for item in raw]
    if isinstance(raw, dict):
        return _signed(raw) if _SIGNATURE in raw else _mapping(raw)
    return UNKNOWN


def _mapping(raw: dict[str, Any]) -> dict[str, Any]:
    """Null says no more than absence, nor does an empty text, which the provider writes for what nobody set.

    Names that begin with two underscores are its bridge's own.
    """
    said = {str(key): normalise(value) for key, value in raw.items() if not str(key).startswith("__")}
    return {key: value for key, value in said.items() if value is not None and value != ""}


def _signed(raw: dict[str, Any]) -> Value:
    kind = raw[_SIGNATURE]
    if kind == _SECRET:
        # In a state that cannot be opened, a secret has a `ciphertext` and no value.
        return Secret(normalise(raw["value"]) if "value" in raw else UNKNOWN)
    if kind == _OUTPUT:
        value = normalise(raw["value"]) if "value" in raw else UNKNOWN
        return Secret(value) if raw.get("secret") else value
    if kind == _REFERENCE:
        return normalise(raw.get("id"))
    return UNKNOWN  # assets and archives: their contents are not here


def known(value: Value) -> TypeGuard[str | int | float | bool | list[Any] | dict[str, Any] | None]:
    """Whether it can be decided on. A secret cannot: a policy that must look into one says so."""
    return not isinstance(value, Unknown | Secret)


def opened(value: Value) -> Value:
    """The value under a secret's mark; for checks that must see it. Its result never enters a message."""
    while isinstance(value, Secret):
        value = value.reveal()
    return value


def holds_unknown(value: Value) -> bool:
    """Whether any part of it is unknown."""
    value = opened(value)
    if isinstance(value, dict):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return isinstance(value, Unknown)


def shown(value: Value) -> str:
    """For messages: secrets and unknowns by their name, long text cut."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004  # a line's worth
