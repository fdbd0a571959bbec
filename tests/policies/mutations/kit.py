"""How the good stack is changed: a line of a table names a policy, a resource, and what is otherwise there.

A mutation edits what the engine handed over for a stack that was made: its own form of every value, with ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from policies.snapshot import Resource, Snapshot
from policies.values import UNKNOWN
from tests.policies.cases.estate import NAME

U = UNKNOWN
Edit = Callable[[dict[str, Resource]], None]


@dataclass(frozen=True)
class Ref:
    """The id of a resource of the stack."""

    name: str


@dataclass(frozen=True)
class Mutation:
    """`what` begins with fail, near or unknown; `violates` and `unproven` are all that may be said."""

    policy: str
    what: str
    edits: tuple[Edit, ...]
    violates: frozenset[str]
    unproven: frozenset[str]


MUTATIONS: list[Mutation] = []


def fail(policy: str, *edits: Edit, also: str = "", open_: str = "") -> None:
    """It breaks the policy, and those of `also`; those of `open_` are unproven."""
    _add(policy, "fail", edits, {policy, *also.split()}, set(open_.split()))


def near(policy: str, *edits: Edit, also: str = "") -> None:
    """It looks like a violation and is none of this policy's."""
    _add(policy, "near", edits, set(also.split()), set())


def unknown(policy: str, *edits: Edit, also: str = "", open_: str = "") -> None:
    """A value that the policy hangs on is unknown."""
    _add(policy, "unknown", edits, set(also.split()), {policy, *open_.split()})


def _add(policy: str, what: str, edits: tuple[Edit, ...], bad: set[str], open_: set[str]) -> None:
    count = sum(1 for one in MUTATIONS if (one.policy, one.what[: len(what)]) == (policy, what)) + 1
    MUTATIONS.append(Mutation(policy, f"{what}-{count}", edits, frozenset(bad), frozenset(open_)))


def mutated(good: Snapshot, mutation: Mutation) -> Snapshot:
    """The stack with the edits."""
    # The provider that all cases share is called as no resource of a case can be.
    found = {
        one.name.removeprefix(NAME + "/") if "/" in one.name else f"/{one.name}": one
        for one in good.resources
    }
    for edit in mutation.edits:
        edit(found)
    return Snapshot.of(found.values())


def to(name: str, /, **props: Any) -> Edit:
    """Other values; None takes one away. `Ref` is an id; what a value was made from is forgotten with it."""

    def edit(found: dict[str, Resource]) -> None:
        one = found[name]
        said = {**one.props, **{key: _solved(value, found) for key, value in props.items()}}
        depends = {key: urns for key, urns in one.depends.items() if key not in props}
        kept = {key: value for key, value in said.items() if value is not None}
        found[name] = replace(one, props=kept, depends=depends)

    return edit


def says(name: str, /, **labels: Any) -> Edit:
    """Other labels in its metadata or tags; None takes one away."""

    def edit(found: dict[str, Resource]) -> None:
        one = found[name]
        if "metadata" in one.props or "tags" not in one.props:
            held: Any = {**_labels(one), **labels}
            kept = {key: value for key, value in held.items() if value is not None}
            found[name] = replace(one, props={**one.props, "metadata": kept})
        else:
            tags: Any = one.props["tags"]
            left = [tag for tag in tags if tag.partition("=")[0] not in labels]
            more = [f"{key}={value}" for key, value in labels.items() if value is not None]
            found[name] = replace(one, props={**one.props, "tags": left + more})

    return edit


def has(name: str, /, **options: Any) -> Edit:
    """Other options: protect, ignored, provider."""
    return lambda found: found.update({name: replace(found[name], **options)})


def less(*names: str) -> Edit:
    """Without these resources."""

    def edit(found: dict[str, Resource]) -> None:
        for name in names:
            del found[name]

    return edit


def more(name: str, like: str, /, **props: Any) -> Edit:
    """One more resource like another, with other values and an id and a name of its own."""

    def edit(found: dict[str, Resource]) -> None:
        one = found[like]
        urn = one.urn.removesuffix(one.name) + f"{NAME}/{name}"
        found[name] = replace(one, urn=urn, name=f"{NAME}/{name}")
        own = {key: name for key in ("id", "name") if key in one.props}
        to(name, **{**own, **props})(found)

    return edit


def kind(name: str, like: str, type_: str, /, **props: Any) -> Edit:
    """A resource of a type that the good stack has none of, of the same provider as another."""

    def edit(found: dict[str, Resource]) -> None:
        one = found[like]
        urn = f"{one.urn.partition('openstack:')[0]}{type_}::{NAME}/{name}"
        made = {key: _solved(value, found) for key, value in props.items()}
        found[name] = replace(
            one, urn=urn, type=type_, name=f"{NAME}/{name}", props={"id": name, **made}, depends={}
        )

    return edit


def rule(group: str, port: Any = 443, /, **over: Any) -> Edit:
    """One more rule of a host's group: ingress tcp from one private address unless it says otherwise."""
    said = {"direction": "ingress", "protocol": "tcp", "remoteIpPrefix": "10.1.0.6/32", "ethertype": "IPv4"}
    ports = {"portRangeMin": port, "portRangeMax": port}
    props = {"securityGroupId": Ref(f"{group}-group"), "remoteGroupId": None, **said, **ports, **over}
    return more(f"more-{group}-{port}-{len(over)}", "db-in", **props)


def _labels(one: Resource) -> dict[str, Any]:
    said: Any = one.props.get("metadata")
    return dict(said or {})


def _solved(value: Any, found: dict[str, Resource]) -> Any:
    if isinstance(value, Ref):
        return found[value.name].props["id"]
    if isinstance(value, list):
        return [_solved(item, found) for item in value]
    return {key: _solved(item, found) for key, item in value.items()} if isinstance(value, dict) else value


def made_from(name: str, prop: str, *sources: str, value: Any = UNKNOWN) -> Edit:
    """A value that was made from other resources."""

    def edit(found: dict[str, Resource]) -> None:
        one = found[name]
        depends = {**one.depends, prop: tuple(found[it].urn for it in sources)}
        found[name] = replace(one, props={**one.props, prop: value}, depends=depends)

    return edit
