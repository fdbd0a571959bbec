"""Killed, behind faulty ends, with a source that moves, harmed at the target and in its ledger: still proven.

Rounds are drawn from a seed that is printed; `SOCLE_SEED=N SOCLE_ROUNDS=1` repeats the round that said N.
[ci]: 5 rounds. [nightly]: `SOCLE_ROUNDS=50`.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable

import pytest

from tests.faults.rules import Fault, Faults, Rule
from tests.migration.between import led_through
from tests.migration.blobs import draw, upload
from tests.migration.desk import Desk
from tests.migration.harms import AT_LEDGER, AT_TARGET
from tests.migration.operator import Operator, Planned

ROUNDS = int(os.environ.get("SOCLE_ROUNDS", "5"))
SEED = int(os.environ.get("SOCLE_SEED") or secrets.randbelow(10**6))
OBJECTS = 30
VERBS = ("inventory", "copy", "verify")
_REQUESTS = {"inventory": 12, "copy": 70, "verify": 35}
"""What a verb asks of both ends for so many objects, about."""


def _faults(rng: random.Random, seed: int) -> Faults:
    kinds = rng.sample([fault for fault in Fault if fault is not Fault.SLOW], rng.randint(2, 4))
    # A short answer is a mismatch to the verifier: with many of them it never has a clean reading.
    rules = [Rule(kind, 0.01 if kind is Fault.SHORT else rng.choice((0.01, 0.02, 0.04))) for kind in kinds]
    return Faults(rules, seed, retry_after=rng.choice((0, 0, 1)), both_say_when=True)


def _plan(rng: random.Random) -> list[Planned]:
    killed = rng.sample(VERBS, rng.randint(1, 3))
    plan = [Planned(verb, "kill", rng.randint(1, _REQUESTS[verb])) for verb in killed]
    for what in rng.sample(("change", "delete", "add", "shrink"), rng.randint(1, 4)):
        verb = rng.choice(VERBS)
        plan.append(Planned(verb, what, rng.randint(1, _REQUESTS[verb])))
    return plan


@pytest.mark.parametrize("number", range(ROUNDS))
def test_whatever_happens_ends_proven_or_refused_by_name(number: int, desk: Callable[..., Desk]) -> None:
    seed = SEED + number
    rng = random.Random(seed)  # noqa: S311 - to be drawn again
    plan, faults = _plan(rng), _faults(rng, seed)
    harms = rng.sample(AT_TARGET, rng.randint(1, len(AT_TARGET)))
    ledger = rng.choice((None, *AT_LEDGER))
    told = [*map(str, plan), *(f"{rule.fault}={rule.share}" for rule in faults.rules)]
    told += [harm.__name__ for harm in harms] + [f"ledger {ledger.__name__}" if ledger else "ledger kept"]
    print(f"\nseed {seed}: {', '.join(told)}", flush=True)

    straight = desk(buffer_mib=1 / 16, segment_mib=1 / 8, workers=rng.choice((1, 4, 8)), partitions=4)
    made = draw(OBJECTS, seed, 1 << 16)
    upload(straight.source, made)
    with led_through(straight, faults) as here:
        operator = Operator(here, straight, faults, rng, {one.name: one.content for one in made})
        operator.until_certified(plan)
        operator.judge()

        harmed: set[str] = set()
        for harm in harms:
            harmed |= harm(straight, rng, operator.some(8, apart_from=harmed))
        if ledger:
            ledger(straight, rng)
            operator.until_certified([])
        else:
            operator.names_all(harmed)
            operator.until_certified([])
        operator.judge()
    print(f"seed {seed}: {faults.summary()}; {operator.runs} runs", flush=True)
    _again(straight)
    operator.judge()


def _again(here: Desk) -> None:
    """A second full run, undisturbed."""
    code, _ = here.attempt("inventory")
    assert code in (0, 3), here.last
    code, _ = here.attempt("copy")
    assert code in (0, 3), here.last
    assert "0 copied (0 bytes written), 0 compared" in here.last
    code, found = here.attempt("verify")
    assert code in (0, 3), here.last
    assert here.said(found, "migrate-proof") == {}
    assert here.said(found, "migrate-extra") == {}
