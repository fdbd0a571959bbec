"""Runs policies over a graph and keeps every verdict. A policy that fails on one resource hides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policies.graph import Graph
from policies.model import Policy, Said, Verdict, World
from policies.snapshot import Resource
from policies.values import UnknownUsedError

_WORST = (Verdict.VIOLATION, Verdict.UNPROVEN, Verdict.EXEMPTED, Verdict.PASS, Verdict.NOT_APPLICABLE)
NOTHING_SAID = Said(Verdict.PASS, "")


@dataclass(frozen=True)
class Entry:
    """A line of the coverage ledger: one policy on one resource, and all that it said.

    `exemption`: who owns and approved the one that was used, why, and until when.
    """

    policy: Policy
    resource: Resource
    said: tuple[Said, ...]
    exemption: Mapping[str, str] | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of what was said."""
        return min((one.verdict for one in self.said), key=_WORST.index)


def judge(
    graph: Graph,
    policies: Iterable[Policy],
    params: Mapping[str, Mapping[str, Any]],
    today: date,
    only: Iterable[Resource] | None = None,
) -> list[Entry]:
    """Every policy on every resource of its kinds. `params`: by policy, what is set beside the defaults."""
    entries = []
    for policy in policies:
        world = World(graph, {**policy.params, **params.get(policy.id, {})}, today)
        subjects = graph.index.all(*policy.kinds) if policy.kinds else graph.snapshot.resources
        for resource in subjects if only is None else _of(policy, only):
            entries.append(Entry(policy, resource, _ask(policy, resource, world)))
    return entries


def _of(policy: Policy, resources: Iterable[Resource]) -> list[Resource]:
    return [one for one in resources if not policy.kinds or one.kind in policy.kinds]


def _ask(policy: Policy, resource: Resource, world: World) -> tuple[Said, ...]:
    said: list[Said] = []
    try:
        for one in policy.check(resource, world):
            said.append(one)
    except UnknownUsedError:
        said.append(Said(Verdict.UNPROVEN, "a value it hangs on is unknown"))
    except Exception as error:  # a defect of the policy: said, never taken for a pass, and no words of values
        said.append(Said(Verdict.UNPROVEN, f"the policy itself failed ({type(error).__name__})"))
    return tuple(said) or (NOTHING_SAID,)
