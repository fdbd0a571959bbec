"""From the engine's protocol (pulumi.runtime.proto.analyzer_pb2) to a `Snapshot`. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2 as pb

from policies.snapshot import Resource, Snapshot
from policies.values import Value, holds_unknown, normalise


def stack(request: pb.AnalyzeStackRequest, inputs: Mapping[str, Mapping[str, Value]]) -> Snapshot:
    """Every resource of the stack. `inputs`: by URN, what the program asked for, from `single`.

    The request itself shows what is planned, where all that the program left out is unknown too: it adds what
    is known beside the inputs (an id, an address), and what an input turned out to be.
    """
    return Snapshot.of(_of_stack(found, inputs.get(found.urn)) for found in request.resources)


def single(request: pb.AnalyzeRequest) -> Resource:
    """One resource before it is created or changed; what it depends on is not said at that moment."""
    return Resource(
        urn=request.urn,
        type=request.type,
        name=request.name,
        props=plain(request.properties),
        parent=request.options.parent,
        protect=request.options.protect,
        ignored=tuple(request.options.ignoreChanges),
        provider=request.provider.urn,
    )


def _of_stack(found: pb.AnalyzerResource, asked: Mapping[str, Value] | None) -> Resource:
    depends = {name: tuple(said.urns) for name, said in found.propertyDependencies.items()}
    return Resource(
        urn=found.urn,
        type=found.type,
        name=found.name,
        props=merged(asked, plain(found.properties), depends),
        parent=found.parent,
        depends=depends,
        protect=found.options.protect,
        ignored=tuple(found.options.ignoreChanges),
        provider=found.provider.urn,
    )


def merged(
    asked: Mapping[str, Value] | None, planned: Mapping[str, Value], depends: Mapping[str, tuple[str, ...]]
) -> dict[str, Value]:
    """What was asked, and what is known of it. Without `asked`, an unknown made from nothing was left out."""
    if asked is None:
        asked = {key: value for key, value in planned.items() if not holds_unknown(value) or key in depends}
    found = dict(asked)
    for key, value in planned.items():
        if holds_unknown(value):
            continue
        if key not in found or holds_unknown(found[key]):
            found[key] = value
    return found


def plain(properties: Any) -> Mapping[str, Value]:
    """The properties of a message (a protobuf Struct)."""
    said = normalise(json_format.MessageToDict(properties))
    return said if isinstance(said, dict) else {}
