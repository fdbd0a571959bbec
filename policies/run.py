"""One judgement of one stack: settings, policies, exemptions and findings about them. No engine here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import policies.families  # noqa: F401  # makes them all
from policies.exemptions import load
from policies.graph import Graph
from policies.judge import Entry, judge
from policies.model import POLICIES, Policy
from policies.settings import PACK, pack_settings
from policies.snapshot import Resource, Snapshot

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Setup:
    """What the policy-config file said, checked. `disabled`: policies that it switches off."""

    config: Mapping[str, Mapping[str, Any]]
    disabled: frozenset[str] = frozenset()

    def params(self) -> dict[str, dict[str, Any]]:
        """For every policy: the pack's settings, then its own parameters."""
        shared = pack_settings(self.config)
        return {name: {**shared, **one.params, **self.config.get(name, {})} for name, one in POLICIES.items()}

    def policies(self, wanted: Iterable[str] | None = None) -> list[Policy]:
        """Those that are on, in the order of their ids; PACK-01 is asked last, by `whole`."""
        names = sorted(POLICIES if wanted is None else wanted)
        return [POLICIES[name] for name in names if name not in self.disabled and name != PACK]

    def graph(self, snapshot: Snapshot) -> Graph:
        """Of one stack."""
        said = pack_settings(self.config)
        return Graph(snapshot, frozenset(said["internal_networks"]), said["labels"])

    @property
    def exemptions_file(self) -> Path:
        """Where it lies."""
        return HERE / str(pack_settings(self.config)["exemptions"])


def whole(snapshot: Snapshot, setup: Setup, today: date) -> list[Entry]:
    """Every policy on every resource of a stack."""
    graph, params = setup.graph(snapshot), setup.params()
    exemptions = load(setup.exemptions_file, today)
    entries, used = exemptions.apply(judge(graph, setup.policies(), params, today))
    if PACK not in setup.disabled:
        findings = [*exemptions.findings, *exemptions.unused(used, _prefixes(snapshot))]
        params[PACK]["exemption_findings"] = findings
        # Said once: with several stacks at the first of them.
        stacks = [one for one in snapshot.resources if one.kind in POLICIES[PACK].kinds][:1]
        entries += judge(graph, [POLICIES[PACK]], params, today, stacks)
    return entries


def single(resource: Resource, setup: Setup, today: date) -> list[Entry]:
    """The policies that need no other resource, on one: so that a change is stopped before it is made."""
    alone = [
        one for one in setup.policies() if not one.graph and (not one.kinds or resource.kind in one.kinds)
    ]
    graph = setup.graph(Snapshot.of([resource]))
    return load(setup.exemptions_file, today).apply(judge(graph, alone, setup.params(), today))[0]


def _prefixes(snapshot: Snapshot) -> tuple[str, ...]:
    """`urn:pulumi:<stack>::<project>::`, which exemptions for a stack that is judged begin with."""
    return tuple({"::".join(one.urn.split("::")[:2]) + "::" for one in snapshot.resources})
