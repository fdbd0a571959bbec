"""The contract: what the Python SDK sends and expects is what our provider takes and returns.

Every token, every input, output and lookup property with its type down to nested ones, what is required
and what is secret, in both directions. Differences stand in toolchain/differences.yaml with a reason.
"""

import functools
from pathlib import Path

import pytest
import yaml

from tests.toolchain import schema, sdk
from tests.toolchain.conftest import Chain
from tests.toolchain.machine import ROOT

DIFFERENCES = ROOT / "toolchain" / "differences.yaml"


@functools.cache
def sdk_facts() -> frozenset[str]:
    return frozenset(sdk.facts())


@functools.cache
def provider_facts(binary: Path) -> frozenset[str]:
    return frozenset(schema.facts(schema.read(binary)))


def listed() -> dict[str, set[str]]:
    """The facts that are known to differ, by the side that states them alone."""
    sides: dict[str, set[str]] = {"sdk": set(), "provider": set()}
    for entry in yaml.safe_load(DIFFERENCES.read_text())["differences"]:
        assert entry["reason"].strip(), f"{DIFFERENCES}: {entry} has no reason"
        for side, facts in sides.items():
            facts.update(entry.get(side, []))
    return sides


def test_the_comparison_is_not_empty() -> None:
    """A reader that finds nothing would make everything agree."""
    facts = sdk_facts()
    assert sum(fact.startswith("resource ") for fact in facts) == 114
    assert sum(fact.startswith("function ") for fact in facts) == 64
    assert len(facts) > 5000
    assert "openstack:compute/instance:Instance input networks[].port string" in facts
    assert "openstack:compute/instance:Instance secret adminPass" in facts


def test_the_provider_serves_all_that_the_sdk_asks_for(chain: Chain) -> None:
    alone = sdk_facts() - provider_facts(chain.plugin) - listed()["sdk"]
    assert not alone, "not served by our provider:\n" + "\n".join(sorted(alone))


def test_the_provider_adds_nothing_that_the_sdk_does_not_know(chain: Chain) -> None:
    alone = provider_facts(chain.plugin) - sdk_facts() - listed()["provider"]
    assert not alone, "unknown to the SDK:\n" + "\n".join(sorted(alone))


@pytest.mark.parametrize("side", ["sdk", "provider"])
def test_every_listed_difference_still_exists(chain: Chain, side: str) -> None:
    ours, theirs = provider_facts(chain.plugin), sdk_facts()
    differing = theirs - ours if side == "sdk" else ours - theirs
    stale = listed()[side] - differing
    assert not stale, f"no longer a difference, remove from {DIFFERENCES.name}:\n" + "\n".join(sorted(stale))
