"""Judges what the cloud has: which things are leftovers of this stack, and what becomes of each. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.leftovers.kinds import KINDS, Fate, Found, matches
from infra.leftovers.wanted import Wanted, Why

OURS = "openstack:"
GROUP = "openstack:networking/secGroup:SecGroup"
RULE = "openstack:networking/secGroupRule:SecGroupRule"
OLD = "it is older than the run that could have left it"


@dataclass(frozen=True)
class Leftover:
    """Something in the cloud that no state has, and the resource whose creation made it."""

    wanted: Wanted
    found: Found
    refused: str = ""
    """Why a person has to look; empty when it was decided."""

    def __str__(self) -> str:
        """What it is, and why it is one."""
        said = f"{KINDS[self.found.type].what} {self.found.name} ({self.found.id})"
        return f"{said}: {self.refused}" if self.refused else f"{said}: {self.wanted.why}"


@dataclass(frozen=True)
class Decisions:
    """`strange`: pending creations of a kind that nobody here knows how to look for."""

    delete: tuple[Leftover, ...] = ()
    adopt: tuple[Leftover, ...] = ()
    refuse: tuple[Leftover, ...] = ()
    unseen: tuple[Wanted, ...] = ()
    """Interrupted creations of which the cloud shows nothing (yet)."""
    strange: tuple[Wanted, ...] = ()


def unknown(found: Iterable[Found], known: frozenset[tuple[str, str]]) -> list[Found]:
    """What no state has, without the default security group and the rules of groups that no state has."""
    groups = {thing_id for kind, thing_id in known if kind == GROUP}
    return [
        thing
        for thing in found
        if (thing.type, thing.id) not in known
        and not (thing.type == GROUP and thing.inputs["name"] == "default")
        and not (thing.type == RULE and thing.inputs["securityGroupId"] not in groups)
    ]


def alike(it: Wanted, thing: Found) -> bool:
    """Whether `thing` is what creating `it` makes, whoever has it."""
    return it.type == thing.type and it.type in KINDS and matches(it.inputs, thing)


def decide(wanted: Sequence[Wanted], found: Sequence[Found], since: datetime | None) -> Decisions:
    """What to do about `found`, things that no state has, given what the stack has or wants.

    Nothing that may hold data is deleted, and nothing older than `since`, when the stack was last as it
    should be: a state that was lost, or a second environment of the same name, must not cost anybody a
    server. What is older, in use, or not the only candidate is left to a person.
    """
    has = {it.urn for it in wanted if it.why is Why.STANDING}
    sorted_out: dict[str, list[Leftover]] = {"delete": [], "adopt": [], "refuse": []}
    unseen, strange, taken = [], [], set[Found]()
    # Interrupted creations come first: the surest knowledge.
    for it in sorted(wanted, key=lambda it: list(Why).index(it.why)):
        if it.type not in KINDS:
            if it.why is Why.PENDING and it.type.startswith(OURS):
                strange.append(it)
            continue
        fate = KINDS[it.type].fate
        same = [thing for thing in found if alike(it, thing)]
        if not same and it.why is Why.PENDING and fate is not Fate.REPEAT and it.urn not in has:
            unseen.append(it)
        for thing in same:
            if thing not in taken:
                taken.add(thing)
                old = thing.made is not None and (since is None or thing.made < since)
                if old and it.why is Why.STANDING:
                    continue  # a namesake of long standing is nobody's leftover, and `up` never meets it
                why = OLD if old else _objection(thing, fate, len(same), it.urn in has)
                # An interrupted creation that failed in the cloud never held anything.
                gone = thing.unmade and it.why is Why.PENDING and not old
                why = "" if gone else why
                verdict = "refuse" if why else "adopt" if fate is Fate.ADOPT and not gone else "delete"
                sorted_out[verdict].append(Leftover(it, thing, why))
    return Decisions(
        tuple(sorted_out["delete"]),
        tuple(sorted_out["adopt"]),
        tuple(sorted_out["refuse"]),
        tuple(unseen),
        tuple(strange),
    )


def _objection(thing: Found, fate: Fate, candidates: int, has: bool) -> str:
    if fate is Fate.ADOPT and has:
        return "the state has another one, and this one may hold data"
    if fate is Fate.ADOPT and candidates > 1:
        return f"it is one of {candidates} that could be meant, and may hold data"
    return thing.busy
