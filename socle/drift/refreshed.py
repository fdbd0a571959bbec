"""Reads what the engine says of each resource while it previews a refresh: its stream of events. Pure.

The digest that `--json` prints otherwise says "refresh" of every resource, and of none what came of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

STREAM = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
"""Makes `--json` print events, one a line, as they come."""
UNCHANGED = frozenset(("same", "read", "refresh"))
_OWN = "pulumi:"


@dataclass(frozen=True)
class Outcome:
    """What a refresh would do to one resource. `op`: empty when it never said. `fields`: which differ."""

    urn: str
    id: str
    op: str = ""
    fields: tuple[str, ...] = ()
    why: str = ""
    """What went wrong at it."""

    @property
    def kind(self) -> str:
        """Its type, without its parents'."""
        return self.urn.rsplit("::", 2)[1].rpartition("$")[2]

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass
class _Seen:
    begun: dict[str, str] = field(default_factory=dict)
    ended: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def outcomes(stream: str) -> list[Outcome]:
    """Of every resource that a refresh began with, but for providers and the stack itself, by URN.

    Nothing when there are no events: an older Pulumi has no such stream.
    """
    seen = _Seen()
    for event in _events(stream):
        _note(event, seen)
    return [
        Outcome(
            urn,
            number,
            str(seen.ended.get(urn, {}).get("op") or ""),
            _fields(seen.ended.get(urn, {})),
            seen.wrong.get(urn, ""),
        )
        for urn, number in sorted(seen.begun.items())
    ]


def complaint(stream: str) -> str:
    """The errors that the engine told, in one line; empty when it told none."""
    faults = (event.get("diagnosticEvent") or {} for event in _events(stream))
    said = (str(it.get("message")) for it in faults if it.get("severity") == "error")
    return " ".join(" ".join(said).split())


def _events(stream: str) -> Iterator[dict[str, Any]]:
    for line in stream.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue  # a line of an older Pulumi's digest, or the last one of an engine that was ended
        if isinstance(event, dict):
            yield event


def _note(event: Mapping[str, Any], seen: _Seen) -> None:
    if fault := event.get("diagnosticEvent"):
        if fault.get("severity") == "error" and fault.get("urn"):
            seen.wrong[str(fault["urn"])] = " ".join(str(fault.get("message")).split())[:300]
        return
    begun = event.get("resourcePreEvent")
    said = (begun or event.get("resOutputsEvent") or {}).get("metadata") or {}
    if not said or str(said.get("type", "")).startswith(_OWN):
        return
    urn = str(said["urn"])
    if begun:
        seen.begun[urn] = str((said.get("old") or {}).get("id") or "")
    else:
        seen.ended[urn] = said


def _fields(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The top of each path: `tags[0]` is the field tags."""
    paths = said.get("detailedDiff") or said.get("diffs") or ()
    return tuple(sorted({re.split(r"[.\[]", str(path))[0] for path in paths} - {""}))
