"""Runs the real program on Pulumi's mock monitor and keeps every request it made, in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pulumi
from pulumi.runtime import mocks, rpc

from infra.layers import data, platform, space
from infra.outputs import Contract
from infra.specification import DataSpecification, SpaceSpecification, Specification, load

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkWuqsDAYf2exTuGjYd5q7hOZkSZGy7gyLTvvUBHlZ4 automation"
CATALOGUE = {
    "openstack:images/getImage:getImage": {"socle-debian-13": "image-id"},
    "openstack:compute/getFlavor:getFlavor": {"s1.small": "flavor-small", "s1.medium": "flavor-medium"},
    "openstack:networking/getNetwork:getNetwork": {"public": "public-id"},
}

NOTHING: dict[str, Any] = {"zones": [], "spaces": [], "objection": ""}
"""What the guard says of a platform that is not there yet."""
REFERENCED: dict[str, dict[str, Any]] = {
    f"organization/hdh/{environment}-platform": {"core_router_id": f"Router/{environment}-core"}
    for environment in ("local", "full")
} | {
    f"organization/hdh/{environment}-data": {
        "readers": {
            base: f"Project/{environment}-base-{base}" for base in ("hospital-stays", "nomenclatures")
        }
    }
    for environment in ("local", "full")
}
"""Outputs of other stacks, by the name under which a program asks for them."""


@dataclass(frozen=True)
class Made:
    """One resource the program declared."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    protect: bool
    delete_before_replace: bool
    retain_on_delete: bool
    dependencies: tuple[str, ...]
    provider: str


@dataclass
class Run:
    """Everything one run of the program asked of the engine."""

    made: list[Made] = field(default_factory=list)
    events: list[tuple[str, object]] = field(default_factory=list)
    """("child", its component) and ("outputs", component) in the order in which the program said so."""
    contract: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Look-ups in the cloud and in other stacks."""
    told: list[str] = field(default_factory=list)
    """What it said when it gave up."""
    carried: dict[str, Any] = field(default_factory=lambda: dict(NOTHING))
    """What it is told when it asks what stands on the platform."""

    def of(self, kind: str) -> list[Made]:
        """Resources whose type ends so, for example `networking/port:Port`, by name: requests race."""
        return sorted((made for made in self.made if made.type.endswith(kind)), key=lambda made: made.name)

    def one(self, kind: str, name: str) -> Made:
        """The resource of that type and name."""
        return next(made for made in self.of(kind) if made.name == name)


class _Cloud(pulumi.runtime.Mocks):
    """Ids that tell what they are of, and look-ups that fail for names the catalogue lacks."""

    def __init__(self, carried: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.carried = carried or NOTHING

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        state = dict(args.inputs)
        if args.typ.endswith("FloatingIp"):
            state["address"] = "172.24.0.99"
        if args.typ == "pulumi:pulumi:StackReference":
            state["outputs"] = REFERENCED.get(str(args.resource_id), {})
        return f"{args.typ.rsplit(':')[-1]}/{args.name}", state

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        if args.token == "openstack:identity/getAuthScope:getAuthScope":
            ids = {"projectId": "project-id", "domainId": "domain-id"}
            return {"id": "scope", "name": args.args["name"], **ids}
        if args.token == "openstack:identity/getRole:getRole":
            return {"id": f"role-{args.args['name']}", "name": args.args["name"]}
        if args.token == "socle-guard:platform:carried":
            return self.carried
        name = args.args["name"]
        if name not in CATALOGUE[args.token]:
            return {}, [("name", f"no {name}")]
        return {"id": CATALOGUE[args.token][name], "name": name}


class _Recorder(mocks.MockMonitor):
    def __init__(self, run: Run) -> None:
        super().__init__(_Cloud(run.carried))
        self.run = run

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        self.run.asked.append(request.tok)
        return super().Invoke(request)  # type: ignore[no-untyped-call]

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        self.run.asked.append(request.name)
        return super().ReadResource(request)  # type: ignore[no-untyped-call]

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            self.run.made.append(
                Made(
                    urn=answer.urn,
                    type=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    parent=request.parent,
                    protect=request.protect,
                    delete_before_replace=request.deleteBeforeReplace,
                    retain_on_delete=request.retainOnDelete,
                    dependencies=tuple(request.dependencies),
                    provider=request.provider,
                )
            )
        return answer


@contextmanager
def _listening(result: Run) -> Iterator[None]:
    """Requests reach the monitor in no fixed order; what the program does has one."""
    construct, register = pulumi.Resource.__init__, pulumi.ComponentResource.register_outputs

    def constructed(self: pulumi.Resource, *args: Any, **kwargs: Any) -> None:
        construct(self, *args, **kwargs)
        opts = kwargs.get("opts") or args[4]
        if opts is not None and opts.parent is not None:
            result.events.append(("child", opts.parent))

    def registered(self: pulumi.ComponentResource, outputs: Any) -> None:
        register(self, outputs)
        result.events.append(("outputs", self))

    with (
        mock.patch.object(pulumi.Resource, "__init__", constructed),
        mock.patch.object(pulumi.ComponentResource, "register_outputs", registered),
    ):
        yield


def run(specification: Specification | None = None, carried: dict[str, Any] | None = None) -> Run:
    """Declare the platform layer of `specification`, by default the one that is committed."""
    spec = specification or load("local-platform")
    return _declare(spec.stack, lambda: platform.build(spec, KEY), carried)


def run_space(specification: SpaceSpecification) -> Run:
    """Declare a project space."""
    return _declare(specification.stack, lambda: space.build(specification, KEY))


def run_data(specification: DataSpecification) -> Run:
    """Declare a data layer."""
    return _declare(specification.stack, lambda: data.build(specification))


def listen(result: Run, stack: str) -> None:
    """Have the engine that programs talk to from now on write into `result`."""
    recorder = _Recorder(result)
    mocks.set_mocks(
        _Cloud(), project="hdh", stack=stack, preview=False, monitor=recorder, organization="organization"
    )


def _declare(stack: str, build: Callable[[], Contract], carried: dict[str, Any] | None = None) -> Run:
    result = Run(carried=carried or dict(NOTHING))
    listen(result, stack)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> pulumi.Output[None]:
        def keep(contract: dict[str, Any]) -> None:
            result.contract.update(contract)

        return pulumi.Output.from_input(vars(build())).apply(keep)

    with _listening(result):
        program()
    return result
