"""Several exported stacks judged as one graph: `python -m policies.together --ledger l.json a.json b.json`.

What one stack opens in another no preview of either sees. References between stacks are cloud ids, which
states know; each state is what `pulumi stack export` wrote. The report is made by `socle policy report`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policies import ledger, run
from policies.model import POLICIES, Verdict
from policies.settings import BadInputError, checked
from policies.snapshot import Resource, Snapshot
from policies.values import Value, normalise
from policies.wire import merged

HOLDS, BAD_INPUT, FINDINGS, UNPROVEN = 0, 2, 3, 4
"""Exit codes, as the project's design has them."""
AGAIN = "write it again with `pulumi stack export --file <file>`"


def read(path: Path) -> list[Resource]:
    """The resources of an exported state; raises BadInputError, in one line, for what is none."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror}; {AGAIN}") from None
    except ValueError:
        raise BadInputError(f"{path}: is cut off, or no JSON; {AGAIN}") from None
    deployment = said.get("deployment") if isinstance(said, dict) else None
    if not isinstance(deployment, dict):
        raise BadInputError(f"{path}: is no exported stack, it has no `deployment`; {AGAIN}")
    try:
        return [_resource(one) for one in deployment.get("resources") or () if not one.get("delete")]
    except (KeyError, TypeError, AttributeError) as error:
        what = f"{type(error).__name__} {error}"[:80]
        raise BadInputError(f"{path}: a resource cannot be read ({what}); {AGAIN}") from None


def _resource(said: Mapping[str, Any]) -> Resource:
    depends = {name: tuple(urns or ()) for name, urns in (said.get("propertyDependencies") or {}).items()}
    outputs = {**_plain(said.get("outputs")), **({"id": said["id"]} if said.get("id") else {})}
    return Resource(
        urn=str(said["urn"]),
        type=str(said["type"]),
        name=str(said["urn"]).rpartition("::")[2],
        props=merged(_plain(said.get("inputs")), outputs, depends),
        parent=str(said.get("parent", "")),
        depends=depends,
        protect=bool(said.get("protect")),
        ignored=tuple(said.get("ignoreChanges") or ()),
        provider=str(said.get("provider", "")).rpartition("::")[0],
    )


def _plain(said: Any) -> dict[str, Value]:
    found = normalise(said or {})
    return found if isinstance(found, dict) else {}


def joined(paths: Sequence[Path]) -> Snapshot:
    """All of them; raises BadInputError when a stack is given twice or nothing is in any."""
    seen: dict[str, Path] = {}
    found: list[Resource] = []
    for path in paths:
        for one in read(path):
            if one.urn in seen and seen[one.urn] != path:
                raise BadInputError(f"{path}: the same stack as {seen[one.urn]}; name each once")
            seen[one.urn] = path
            found.append(one)
    return Snapshot.of(found)


def settings(path: Path | None) -> run.Setup:
    """Pulumi's policy-config file; raises BadInputError for what the pack would refuse as well."""
    if path is None:
        return run.Setup({})
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadInputError(f"{path}: cannot be read as JSON; see docs/en/policies.md") from None
    if not isinstance(said, dict):
        raise BadInputError(f"{path}: must be a mapping of policies; see docs/en/policies.md")
    levels = dict(_levels(said))
    params = {
        name: {key: value for key, value in one.items() if key != "enforcementLevel"}
        for name, one in said.items()
        if isinstance(one, dict)
    }
    config = checked({**{name: {} for name in said if name != "all"}, **params})
    return run.Setup(config, frozenset(name for name, level in levels.items() if level == "disabled"))


def _levels(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(said.get("all"), str):
        yield from ((name, said["all"]) for name in POLICIES)
    for name, one in said.items():
        level = one.get("enforcementLevel") if isinstance(one, dict) else one
        if isinstance(level, str):
            yield name, level


def main(words: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m policies.together", description=__doc__)
    parser.add_argument("states", nargs="+", type=Path, metavar="STATE", help="from `pulumi stack export`")
    parser.add_argument("--config", type=Path, help="the policy-config file")
    parser.add_argument("--ledger", type=Path, required=True, help="where the coverage ledger goes")
    asked = parser.parse_args(words)
    try:
        if not asked.ledger.parent.is_dir():
            raise BadInputError(f"{asked.ledger.parent}: no such folder; make it first")
        snapshot = joined(asked.states)
        entries = run.whole(snapshot, settings(asked.config), datetime.now(UTC).date())
    except BadInputError as reason:
        print(f"policies: {reason}", file=sys.stderr)
        return BAD_INPUT
    names = sorted({one.urn.split("::")[0].rpartition(":")[2] for one in snapshot.resources})
    about = {"project": "", "stack": " + ".join(names), "preview": False, "version": "together"}
    ledger.write(asked.ledger, entries, about)
    said = Counter(one.verdict for one in entries)
    print(
        f"{', '.join(names) or 'nothing'}: {len(snapshot)} resources; " + _tally(said) + f" -> {asked.ledger}"
    )
    if not len(snapshot):
        print("policies: no state holds a resource, so nothing was judged", file=sys.stderr)
        return UNPROVEN
    return FINDINGS if said[Verdict.VIOLATION] else UNPROVEN if said[Verdict.UNPROVEN] else HOLDS


def _tally(said: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{said[one]} {one}" for one in Verdict if said.get(one)) or "no verdict"


if __name__ == "__main__":
    sys.exit(main())
