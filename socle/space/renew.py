"""Renews the application credentials of spaces before they end. May be killed at any moment and run again.

New ones are made first, then kept whole, handed over, and only then are all others of the space's user
revoked: also those that a killed run made and nobody ever knew.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from infra.plan.identity import AccessRule
from infra.specification import SpaceSpecification
from socle.errors import SocleError
from socle.space import credential, objects
from socle.space.credential import Held, Place
from socle.space.keystone import Manager, User, account_of, asking

TERM = timedelta(days=90)
"""How long a credential lives at most; never beyond its space's last day."""
WITHIN = 30
"""Days before its end in which a credential is renewed, unless said otherwise."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Renewal:
    """What all renewals of a run have in common. `place` is where the cloud is, `keys` where secrets lie.

    `tell`: tells whoever has to know which ids count. None: somebody is told later, and old ones that may
    still be in use are left to the next run. `deliver`: brings these spaces' workstations what was renewed.
    """

    keys: Path
    place: Place
    manager: Manager
    now: datetime
    within: int = WITHIN
    tell: Callable[[], None] | None = None
    deliver: Callable[[Sequence[SpaceSpecification]], None] | None = None

    def end(self, space: SpaceSpecification) -> datetime:
        """When credentials that are made now would end."""
        last = datetime.combine(space.space.expiry + timedelta(days=1), time(), UTC)
        return min(self.now.replace(microsecond=0) + TERM, last)

    def due(self, space: SpaceSpecification, held: Held | None) -> str:
        """Why the space gets new ones now; empty when it does not."""
        end = self.end(space)
        if end <= self.now:
            return ""
        if held is None:
            return "it has none"
        if {name: one.rules for name, one in held.credentials.items()} != self.wanted(space):
            return "what it may ask for has changed"
        left = (held.expires - self.now).days
        # Near the space's last day a new one would end when the present one does.
        if left < self.within and end > held.expires:
            return (
                f"they end on {held.expires:%Y-%m-%d}"
                if left >= 0
                else f"they ended on {held.expires:%Y-%m-%d}"
            )
        with asking(f"space {space.name}: its credentials could not be tried"):
            taken = all(self.manager.opens(one) for one in held.credentials.values())
        return "" if taken else "the cloud no longer takes them"

    def wanted(self, space: SpaceSpecification) -> Mapping[str, tuple[AccessRule, ...]]:
        """What the space's table says that it may ask for, by the project of each credential."""
        account = account_of(self.place)
        return {grant.project: grant.rules(account) for grant in space.plan.grants}


@dataclass(frozen=True)
class Begun:
    """A space whose credentials are made and kept, not yet handed over. `user`: who made them just now."""

    space: SpaceSpecification
    held: Held
    user: User | None


def begin(run: Renewal, space: SpaceSpecification, say: Say, *, preview: bool = False) -> Begun | None:
    """Make new ones for one space, where it is due; `preview` only says so. None: nothing is left to do.

    SocleError when it could not be done.
    """
    if space.space.phase != "open":
        _at_rest(run, space, say, preview=preview)
        return None
    held, user = credential.read(run.keys, space.stack), None
    if why := run.due(space, held):
        names = ", ".join(run.wanted(space))
        if preview:
            say(f"space {space.name}: would get new ones until {run.end(space):%Y-%m-%d} ({names}): {why}")
            return None
        held, user = _made(run, space, held)
        say(f"space {space.name}: new credentials until {held.expires:%Y-%m-%d} ({names}): {why}")
    elif held is None or held.expires <= run.now:
        say(f"space {space.name}: its last day is over, and so are its credentials")
        return None
    elif held.settled:
        say(f"space {space.name}: good until {held.expires:%Y-%m-%d}, nothing to do")
        return None
    return None if preview else Begun(space, held, user)


def _made(run: Renewal, space: SpaceSpecification, held: Held | None) -> tuple[Held, User]:
    """New ones, kept before anything else happens."""
    end = run.end(space)
    with asking(f"space {space.name}: no new credentials"):
        user = run.manager.user(space.stack)
        made = {
            project: user.make(f"{space.stack}-{secrets.token_hex(4)}", project, rules, end)
            for project, rules in run.wanted(space).items()
        }
    new = Held(end, made, before=tuple(held.ids) if held else ())
    if held:
        # Whoever has seen what the space sealed with until now does not open what it will seal.
        objects.turn_over(run.keys, space.stack)
    credential.write(run.keys, space.stack, new)
    return new, user


def _settle(run: Renewal, begun: Begun, say: Say) -> bool:
    """Revoke all others, now that they were handed over; whether there were any."""
    space, held = begun.space, begun.held
    if run.tell is None and held.before:
        say(f"space {space.name}: the ones before stay until the next `socle space renew`")
        return False
    with asking(f"space {space.name}: the credentials before were not revoked"):
        kept = {one.id for one in held.credentials.values()}
        gone = (begun.user or run.manager.user(space.stack)).revoke_all_but(kept, space.stack)
    credential.write(run.keys, space.stack, replace(held, before=(), settled=True))
    if gone:
        say(f"space {space.name}: {gone} older {'one' if gone == 1 else 'ones'} revoked")
    return gone > 0


def _at_rest(run: Renewal, space: SpaceSpecification, say: Say, *, preview: bool) -> None:
    if space.space.phase == "closed" and not preview and credential.forget(run.keys, space.stack):
        say(f"space {space.name}: closed; its user is gone, and what we held of its credentials too")
    else:
        say(f"space {space.name}: {space.space.phase}, so nobody logs in as it; nothing to do")


def renew_all(run: Renewal, spaces: Sequence[SpaceSpecification], say: Say, *, preview: bool = False) -> None:
    """All of them. A space that fails keeps no other from its own; the gravest error is raised in the end.

    Whoever has to know is told twice, however many spaces there are: of the new ones before anybody gets
    them, and that the old ones are gone.
    """
    errors: list[SocleError] = []
    begun: list[Begun] = []
    gone = False
    for space in spaces:
        with _collected(errors):
            if one := begin(run, space, say, preview=preview):
                begun.append(one)
    if begun and run.tell:
        run.tell()
    for one in begun:
        credential.hand_over(run.keys, one.space.stack, one.held, run.place)
    for one in _delivered(run, begun, errors):
        with _collected(errors):
            gone |= _settle(run, one, say)
    if gone and run.tell:
        run.tell()
    if errors:
        first, *others = sorted(errors, key=lambda one: one.exit_code)
        for other in others:
            say(str(other))
        raise first


def _delivered(run: Renewal, begun: Sequence[Begun], errors: list[SocleError]) -> Sequence[Begun]:
    """Those whose workstations have the new ones; the others' old ones are not revoked yet.

    All at once; when that fails, one by one, so that a workstation that is lost keeps up its own space alone.
    """
    if run.deliver is None or not begun:
        return begun
    try:
        run.deliver([one.space for one in begun])
    except SocleError as error:
        if len(begun) == 1:
            errors.append(error)
            return []
    else:
        return begun
    return [found for one in begun for found in _delivered(run, [one], errors)]


@contextmanager
def _collected(errors: list[SocleError]) -> Iterator[None]:
    try:
        yield
    except SocleError as error:
        errors.append(error)
