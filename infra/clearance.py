"""What each layer asks of its provider and of the calendar, and the answer, before anything is brought up."""

from datetime import UTC, date, datetime

from infra.plan.clearance import EXPIRY, Held, check_provider, soon_over
from infra.plan.tenancy import check_term, ends_soon
from infra.specification import DataSpecification, SpaceSpecification, Specification

HEALTH = "health"


def clear(spec: Specification | SpaceSpecification | DataSpecification, today: date | None = None) -> str:
    """A warning, or nothing to say; FactError when the provider may not hold what the stack does."""
    base = spec if isinstance(spec, Specification) else spec.base
    held, now = _held(spec), today or datetime.now(UTC).date()
    base.source.plan(lambda: check_provider(base.profile, held, now))
    warning = soon_over(base.profile, held, now)
    warnings = [base.source.tables["profile"].error(EXPIRY, warning)] if warning else []
    if isinstance(spec, SpaceSpecification):
        spec.source.plan(lambda: check_term(spec.space, now))
        if soon := ends_soon(spec.space, now):
            warnings.append(spec.source.document.error((*spec.source.at, "expiry"), soon))
    return "\n".join(map(str, warnings))


def _held(spec: Specification | SpaceSpecification | DataSpecification) -> Held:
    if isinstance(spec, DataSpecification):
        bases = [base.name for base in spec.data.bases if base.sensitivity == HEALTH]
        return Held(spec.stack, [f"base {name}" for name in bases])
    if isinstance(spec, SpaceSpecification):
        held = spec.base.zones.spaces.data_class == HEALTH
        hosts = [placed.name for placed in spec.plan.hosts]
        return Held(spec.stack, ["a project space"], hosts) if held else Held(spec.stack, ())
    zones = [name for name in spec.plan.subnets if spec.zones.zones[name].data_class == HEALTH]
    hosts = [placed.name for placed in spec.plan.hosts if placed.zone in zones]
    return Held(spec.stack, [f"zone {name}" for name in zones], hosts)
