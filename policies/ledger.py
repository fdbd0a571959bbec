"""The coverage ledger: every policy on every resource with its verdict, as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policies.judge import Entry
from policies.model import Policy

FORMAT = "socle-policy-ledger/1"


def document(entries: Iterable[Entry], about: Mapping[str, Any]) -> dict[str, Any]:
    """With all that a report needs, so that who renders it needs no policy."""
    listed = list(entries)
    policies = {entry.policy.id: _policy(entry.policy) for entry in listed}
    return {
        "format": FORMAT,
        "when": datetime.now(UTC).replace(microsecond=0).isoformat(),
        **about,
        "policies": dict(sorted(policies.items())),
        "entries": [_entry(entry) for entry in listed],
    }


def write(path: Path, entries: Iterable[Entry], about: Mapping[str, Any]) -> None:
    """In one step, readable by its owner only."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(document(entries, about), stream, ensure_ascii=False, indent=1)
    partial.replace(path)


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "rule": {"en": policy.rule.en, "fr": policy.rule.fr},
        "fix": {"en": policy.fix.en, "fr": policy.fix.fr},
        "level": str(policy.level),
        "clauses": list(policy.clauses),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    said = [
        {"verdict": str(one.verdict), "words": one.words, **({"path": list(one.path)} if one.path else {})}
        for one in entry.said
        if one.words
    ]
    return {
        "policy": entry.policy.id,
        "urn": entry.resource.urn,
        "resource": entry.resource.shown,
        "verdict": str(entry.verdict),
        **({"said": said} if said else {}),
        **({"exemption": dict(entry.exemption)} if entry.exemption else {}),
    }
