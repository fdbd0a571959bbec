"""Whether a stack may be brought up at its provider: what health data asks for. Pure: today's date is given.

Tables can be planned without it, at a provider that is still a template or not qualified yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from infra.config import Profile
from infra.plan.problem import PlanError

SOON = timedelta(days=90)
"""How long before a qualification ends it is said that it does."""
EXPIRY = ("qualification", "expiry")
"""Where a profile says its last day."""


@dataclass(frozen=True)
class Held:
    """`health`: what of a stack holds health data, in its tables' words. `hosts`: its hosts that would."""

    stack: str
    health: Sequence[str]
    hosts: Sequence[str] = ()

    def __str__(self) -> str:
        """As messages begin."""
        return f"{self.stack} holds health data ({', '.join(self.health)})"


def check_provider(profile: Profile, held: Held, today: date) -> None:
    """PlanError when the provider may not hold it, today."""
    if profile.template:
        what = f"profile {profile.name} is a template; fill in a copy with template: false and name that"
        raise PlanError("stack", ("profile",), what)
    if not profile.qualification.real_data or not held.health:
        return
    expiry = profile.qualification.expiry
    if expiry is None:
        what = (
            f"{held}, but profile {profile.name} has no SecNumCloud qualification that holds; "
            "enter its document, number and expiry, or take a provider that is qualified"
        )
        raise PlanError("profile", EXPIRY, what)
    if expiry < today:
        what = (
            f"{held}, but the qualification of profile {profile.name} ended on {expiry}; "
            "enter its renewal, or move the data to a provider that is qualified"
        )
        raise PlanError("profile", EXPIRY, what)
    if held.hosts and not profile.features.encrypted_root:
        what = (
            f"{held}, also on {', '.join(held.hosts)}, whose disk profile {profile.name} does not encrypt; "
            "take a provider that does, or say true once that was seen"
        )
        raise PlanError("profile", ("features", "encrypted_root"), what)


def soon_over(profile: Profile, held: Held, today: date) -> str:
    """What to warn of: a qualification that is needed and near its last day. Empty when there is none."""
    expiry = profile.qualification.expiry
    if not (profile.qualification.real_data and held.health and expiry) or expiry > today + SOON:
        return ""
    return (
        f"the qualification of profile {profile.name} ends on {expiry}, in {(expiry - today).days} days; "
        f"see to its renewal, or to a move: {held}"
    )
