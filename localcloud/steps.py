"""The services as data: reads services/*.yaml into steps and checks their order.

A step is a process, a command list run once or at every start, or a call into localcloud.tasks.
Nothing is executed here.
"""

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from localcloud.errors import CloudError

FOLDER = Path(__file__).parent / "services"
KINDS = ("process", "uwsgi", "once", "each", "call", "once_call")


@dataclass(frozen=True)
class Step:
    """One thing to do, after those it needs."""

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
    """One file of services/."""

    name: str
    what: str
    steps: tuple[Step, ...]
    databases: tuple[str, ...] = ()
    account: bool = False
    catalog: tuple[dict[str, Any], ...] = ()
    folders: tuple[str, ...] = ()
    from_venv: dict[str, list[str]] = field(default_factory=dict)


def _step(service: str, entry: dict[str, Any]) -> Step:
    entry = dict(entry)
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        raise CloudError(f"services/{service}.yaml: step {entry.get('name')} needs exactly one of {KINDS}")
    body = entry.pop(kinds[0])
    tuples: dict[str, Any] = {key: tuple(entry.pop(key, ())) for key in ("after", "before", "fresh")}
    return Step(service=service, kind=kinds[0], body=body, **tuples, **entry)


def load(folder: Path = FOLDER) -> list[Service]:
    """Every service, in the order of file names."""
    services = []
    for path in sorted(folder.glob("*.yaml")):
        data = yaml.safe_load(path.read_text())
        services.append(
            Service(
                name=data["service"],
                what=data["what"],
                steps=tuple(_step(data["service"], entry) for entry in data["steps"]),
                databases=tuple(data.get("database", ())),
                account=data.get("account", False),
                catalog=tuple(data.get("catalog", ())),
                folders=tuple(data.get("folders", ())),
                from_venv=data.get("from_venv", {}),
            )
        )
    return services


def ordered(services: list[Service]) -> list[Step]:
    """All steps, each after those it needs; refuses unknown names, doubles and circles."""
    steps: dict[str, Step] = {}
    for step in (step for service in services for step in service.steps):
        if step.name in steps:
            raise CloudError(f"services/{step.service}.yaml: step {step.name} exists twice")
        steps[step.name] = step
    for step in steps.values():
        unknown = set(step.after) - set(steps)
        if unknown:
            raise CloudError(f"services/{step.service}.yaml: {step.name} is after unknown {sorted(unknown)}")
    try:
        order = TopologicalSorter({name: step.after for name, step in steps.items()}).static_order()
        return [steps[name] for name in order]
    except CycleError as error:
        raise CloudError(f"services/: start order goes in a circle: {' -> '.join(error.args[1])}") from error


def accounts(services: list[Service]) -> list[str]:
    """Names that have a user in the database or in keystone."""
    return [service.name for service in services if service.account or service.databases]


def endpoints(services: list[Service]) -> dict[int, str]:
    """Published ports and the service behind each."""
    return {entry["port"]: service.name for service in services for entry in service.catalog}


def guests_reach(services: list[Service]) -> list[str]:
    """Services whose endpoints guests may reach too: their catalogue entry says `guests: true`."""
    return [service.name for service in services for entry in service.catalog if entry.get("guests")]
