"""The services as data: reads services/*.yaml into steps and checks their order.

A step is a process, a command list run once or at every start, or a call into localcloud.tasks. Its place is
the first zone unless it says otherwise: `every` zone, or only those `added` to the first.
Nothing is executed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from localcloud import zones
from localcloud.errors import CloudError

FOLDER = Path(__file__).parent / "services"
KINDS = ("process", "uwsgi", "once", "each", "call", "once_call")
PLACES = ("first", "every", "added")
SIDES = ("inside", "first", "host")
"""Behind the walls of its own zone, of the first, or on the host."""


@dataclass(frozen=True)
class Step:
    """One thing to do in one zone, after those it needs."""

    name: str
    service: str
    kind: str
    body: Any
    after: tuple[str, ...] = ()
    ready: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    before: tuple[Any, ...] = ()
    fresh: tuple[str, ...] = ()
    where: str = "inside"
    grace: float = 10.0
    place: str = "first"
    zone: int = 1

    @property
    def is_process(self) -> bool:
        """Whether something keeps running after the step."""
        return self.kind in ("process", "uwsgi")

    @property
    def is_once(self) -> bool:
        """Whether a marker file ends it for the cloud's life."""
        return self.kind in ("once", "once_call")


@dataclass(frozen=True)
class Service:
    """One file of services/.

    `place`: of its steps and templates; a step may say otherwise, `zone_files` are templates for every zone.
    """

    name: str
    what: str
    steps: tuple[Step, ...]
    databases: tuple[str, ...] = ()
    account: bool = False
    catalog: tuple[dict[str, Any], ...] = ()
    folders: tuple[str, ...] = ()
    from_venv: dict[str, list[str]] = field(default_factory=dict)
    place: str = "first"
    zone_files: tuple[str, ...] = ()

    def stands_in(self, zone: int) -> bool:
        """Whether anything of it is done in that zone."""
        return any(has(step.place, zone) for step in self.steps)


def has(place: str, zone: int) -> bool:
    """Whether what has this place exists in that zone."""
    return place == "every" or (place == "first") == (zone == 1)


def _step(service: str, place: str, entry: dict[str, Any]) -> Step:
    entry = dict(entry)
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        raise CloudError(f"services/{service}.yaml: step {entry.get('name')} needs exactly one of {KINDS}")
    body = entry.pop(kinds[0])
    place = entry.pop("zone", place)
    if place not in PLACES:
        raise CloudError(f"services/{service}.yaml: step {entry['name']}: zone {place} is none of {PLACES}")
    if entry.get("where", "inside") not in SIDES:
        raise CloudError(f"services/{service}.yaml: step {entry['name']}: where is none of {SIDES}")
    tuples: dict[str, Any] = {key: tuple(entry.pop(key, ())) for key in ("after", "before", "fresh")}
    return Step(service=service, kind=kinds[0], body=body, place=place, **tuples, **entry)


def load(folder: Path = FOLDER) -> list[Service]:
    """Every service, in the order of file names."""
    services = []
    for path in sorted(folder.glob("*.yaml")):
        data = yaml.safe_load(path.read_text())
        place = data.get("zone", "first")
        services.append(
            Service(
                name=data["service"],
                what=data["what"],
                steps=tuple(_step(data["service"], place, entry) for entry in data["steps"]),
                databases=tuple(data.get("database", ())),
                account=data.get("account", False),
                catalog=tuple(data.get("catalog", ())),
                folders=tuple(data.get("folders", ())),
                from_venv=data.get("from_venv", {}),
                place=place,
                zone_files=tuple(data.get("zone_files", ())),
            )
        )
    return services


def ordered(services: list[Service], count: int = 1) -> list[Step]:
    """All steps of a cloud with so many zones, each after those it needs.

    Refuses unknown names, doubles and circles.
    """
    declared: dict[str, Step] = {}
    for step in (step for service in services for step in service.steps):
        if step.name in declared:
            raise CloudError(f"services/{step.service}.yaml: step {step.name} exists twice")
        declared[step.name] = step
    for step in declared.values():
        unknown = set(step.after) - set(declared)
        if unknown:
            raise CloudError(f"services/{step.service}.yaml: {step.name} is after unknown {sorted(unknown)}")
    steps = {
        made.name: made
        for zone in range(1, count + 1)
        for step in declared.values()
        if has(step.place, zone)
        for made in [_placed(step, zone, declared)]
    }
    try:
        order = TopologicalSorter({name: step.after for name, step in steps.items()}).static_order()
        return [steps[name] for name in order]
    except CycleError as error:
        raise CloudError(f"services/: start order goes in a circle: {' -> '.join(error.args[1])}") from error


def _placed(step: Step, zone: int, declared: dict[str, Step]) -> Step:
    """The step as it stands in one zone."""
    after = tuple(_needs(step, zone, declared))
    return replace(step, name=zones.named(step.name, zone), after=after, zone=zone)


def _needs(step: Step, zone: int, declared: dict[str, Step]) -> Iterator[str]:
    """What it needs: of its own zone where there is such a step, else of the first.

    A step that only an added zone has does not bind the first.
    """
    for need in step.after:
        if has(declared[need].place, zone):
            yield zones.named(need, zone)
        elif has(declared[need].place, 1):
            yield need


def accounts(services: list[Service]) -> list[str]:
    """Names that have a user in the database or in keystone."""
    return [service.name for service in services if service.account or service.databases]


def endpoints(services: list[Service]) -> dict[int, str]:
    """Published ports and the service behind each."""
    return {entry["port"]: service.name for service in services for entry in service.catalog}


def guests_reach(services: list[Service]) -> list[str]:
    """Services whose endpoints guests may reach too: their catalogue entry says `guests: true`."""
    return [service.name for service in services for entry in service.catalog if entry.get("guests")]


def services_reach(services: list[Service]) -> list[str]:
    """Services that others reach at the public address too: their catalogue entry says `services: true`."""
    return [service.name for service in services for entry in service.catalog if entry.get("services")]
