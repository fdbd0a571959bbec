"""What a stack is to be: its own table, read together with zones, flows and its provider's profile.

Here: finding the files, what two stacks must agree on, and giving every complaint its file and line.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from infra import stackfile
from infra.config import Base, Data, Flows, Platform, Profile, Space, StackTable, Zones
from infra.facts import Document, FactError, read, validate
from infra.neighbours import check_network, check_space
from infra.plan.data import DataPlan, make_data_plan
from infra.plan.plan import Plan, SpacePlan, make_plan, make_space_plan
from infra.plan.problem import choose
from infra.plan.tenancy import check_bases, check_combinations
from infra.source import Source
from infra.stackfile import (
    PROJECT,
    environment_of,
    layer_of,
    read_stack,
    space_of,
    spaces_of,
    stack_name,
    stacks_said,
)

Said = TypeVar("Said", bound=StackTable)
Override = dict[str, Any] | None
"""Keys that replace the file's: what `pulumi config set` left in a configuration file of one's own,
beside the committed one."""


@dataclass(frozen=True)
class Specification:
    """What an environment's platform is to be, and the plan that follows from it."""

    stack: str
    platform: Platform
    zones: Zones
    flows: Flows
    profile: Profile
    plan: Plan
    source: Source


@dataclass(frozen=True)
class SpaceSpecification:
    """The same for a project space; `base` is the platform it stands beside."""

    stack: str
    name: str
    space: Space
    base: Specification
    plan: SpacePlan
    source: Source


@dataclass(frozen=True)
class DataSpecification:
    """The same for an environment's data layer; `base` is the platform that it shares a provider with."""

    stack: str
    data: Data
    base: Specification
    plan: DataPlan

    @property
    def profile(self) -> Profile:
        """The provider's."""
        return self.base.profile


def load(stack: str, root: Path | None = None, override: Override = None) -> Specification:
    """Everything about a platform stack.

    Raises FactError: one line with file, line, what is wrong and the fix. The same for the other layers.
    """
    root = root or stackfile.ROOT
    source, platform = _own(stack, "platform", Platform, root, override)
    source.plan(lambda: check_network(stack, platform, dict(stacks_said("platform", root))))
    tables = {
        "zones": read(root / "stacks/zones.yaml", "stacks/zones.yaml"),
        "flows": read(root / "stacks/flows.yaml", "stacks/flows.yaml"),
        "profile": _profile(source, platform, root),
    }
    zones = validate(Zones, tables["zones"], (), tables["zones"].data)
    flows = validate(Flows, tables["flows"], (), tables["flows"].data)
    profile = validate(Profile, tables["profile"], (), tables["profile"].data)
    source = replace(source, tables=tables)
    plan = source.plan(lambda: make_plan(platform, zones, flows, profile))
    return Specification(stack, platform, zones, flows, profile, plan, source)


def load_space(stack: str, root: Path | None = None, override: Override = None) -> SpaceSpecification:
    """Everything about the stack of a project space."""
    root = root or stackfile.ROOT
    source, space = _own(stack, "space", Space, root, override)
    base = load(f"{space.environment}-platform", root)
    return _beside(source, space, base, _Neighbours.of(space.environment, root))


def load_data(
    stack: str, root: Path | None = None, override: Override = None, today: date | None = None
) -> DataSpecification:
    """Everything about an environment's data layer. `today` decides which releases hold."""
    root = root or stackfile.ROOT
    source, data = _own(stack, "data", Data, root, override)
    base = load(f"{data.environment}-platform", root)
    source.plan(lambda: check_combinations(data.bases))
    plan = source.plan(lambda: make_data_plan(data, base.profile, today or datetime.now(UTC).date()))
    return DataSpecification(stack, data, base, plan)


def load_spaces(environment: str, root: Path | None = None) -> tuple[SpaceSpecification, ...]:
    """Every project space of an environment; what they share is read once."""
    root = root or stackfile.ROOT
    base, said = load(f"{environment}-platform", root), _Neighbours.of(environment, root)
    stacks = [stack_name(stack) for stack in spaces_of(environment, root)]
    return tuple(_beside(*_own(stack, "space", Space, root, None), base, said) for stack in stacks)


def load_sound_spaces(base: Specification) -> tuple[SpaceSpecification, ...]:
    """Those beside `base` whose files are right: a wrong one must not take from others what they may do."""
    environment, root = base.platform.environment, stackfile.ROOT
    said, found = _Neighbours.of(environment, root), []
    for stack in spaces_of(environment, root):
        try:
            found.append(_beside(*_own(stack_name(stack), "space", Space, root, None), base, said))
        except FactError:
            continue  # it gets nothing until its file is mended; its own load says why
    return tuple(found)


def _own(stack: str, layer: str, model: type[Said], root: Path, override: Override) -> tuple[Source, Said]:
    document = read_stack(stack, root)
    source = Source(stack, document, layer)
    found = layer_of(document)
    if found != layer:
        what = f"layer {found} cannot be stack {stack}; say {layer}, or rename the file"
        raise document.error(("config", f"{PROJECT}:layer"), what)
    said = document.data["config"].get(f"{PROJECT}:{layer}")
    table = validate(
        model, document, source.at, {**said, **override} if isinstance(said, dict) and override else said
    )
    if table.environment != environment_of(stack):
        here = environment_of(stack)
        what = f"environment {table.environment} cannot be stack {stack}; say {here}, or rename the file"
        raise document.error((*source.at, "environment"), what)
    return source, table


def _profile(source: Source, platform: Platform, root: Path) -> Document:
    label = f"stacks/profiles/{platform.profile}.yaml"
    if not (root / label).is_file():
        paths = sorted((root / "stacks/profiles").glob("*.yaml"))
        names = [path.stem for path in paths if "\ntemplate: true\n" not in path.read_text(encoding="utf-8")]
        what = f"profile {platform.profile} is unknown; {choose(names)}"
        raise source.document.error((*source.at, "profile"), what)
    return read(root / label, label)


@dataclass(frozen=True)
class _Neighbours:
    """What a space is checked against: what all spaces of the environment say, and its catalogue's bases."""

    spaces: dict[str, dict[str, Any]]
    bases: dict[str, Base]

    @classmethod
    def of(cls, environment: str, root: Path) -> "_Neighbours":
        """Those of one environment; without a data layer its catalogue is empty."""
        said = stacks_said("space", root)
        spaces = {stack: table for stack, table in said if environment_of(stack) == environment}
        stack = f"{environment}-data"
        if not stackfile.stack_file(stack, root).is_file():
            return cls(spaces, {})
        _, data = _own(stack, "data", Data, root, None)
        return cls(spaces, {base.name: base for base in data.bases})


def _beside(source: Source, space: Space, base: Specification, neighbours: _Neighbours) -> SpaceSpecification:
    """The space beside its platform and the others of its environment."""
    name = space_of(source.stack)
    servers = {placed.name: base.stack for placed in base.plan.hosts}
    source.plan(lambda: check_space(source.stack, space, base.zones, servers, neighbours.spaces))
    source.plan(lambda: check_bases(name, space, neighbours.bases))
    plan = source.plan(
        lambda: make_space_plan(
            name, space, plan=base.plan, zones=base.zones, flows=base.flows, profile=base.profile
        ),
    )
    return SpaceSpecification(source.stack, name, space, base, plan, source)
