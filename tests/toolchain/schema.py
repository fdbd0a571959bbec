"""What our provider says of itself: its own schema, asked over gRPC, as lines in the words of `sdk`."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

MESSAGE_LIMIT_BYTES = 400 << 20


def read(binary: Path) -> dict[str, Any]:
    """Start the provider, ask for its schema, end it."""
    with subprocess.Popen([str(binary), "127.0.0.1:1"], stdout=subprocess.PIPE, text=True) as provider:
        assert provider.stdout
        try:
            address = f"127.0.0.1:{provider.stdout.readline().strip()}"
            limit = [("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES)]
            with grpc.insecure_channel(address, options=limit) as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = stub.GetSchema(provider_pb2.GetSchemaRequest(version=0), timeout=30)
        finally:
            provider.kill()
    schema: dict[str, Any] = json.loads(answer.schema)
    return schema


def facts(schema: dict[str, Any]) -> set[str]:
    """Every fact that the schema states."""
    found: set[str] = set()
    types = schema["types"]
    found.update(
        _object(
            types, "provider", "input", schema["provider"], listed="inputProperties", needed="requiredInputs"
        )
    )
    for token, resource in schema["resources"].items():
        found.add(f"resource {token}")
        found.update(
            _object(types, token, "input", resource, listed="inputProperties", needed="requiredInputs")
        )
        found.update(_object(types, token, "output", resource))
        found.update(_object(types, token, "state", resource["stateInputs"]))
        found.update(
            f"{token} secret {name}" for name, spec in resource["properties"].items() if spec.get("secret")
        )
    for token, function in schema["functions"].items():
        found.add(f"function {token}")
        # What a function needs is not compared: Python's functions cannot say it.
        found.update(_object(types, token, "input", function["inputs"], needed="-"))
        found.update(_object(types, token, "output", function["outputs"]))
    return found


def _object(
    types: dict[str, Any],
    token: str,
    position: str,
    holder: dict[str, Any],
    *,
    listed: str = "properties",
    needed: str = "required",
    prefix: str = "",
) -> Iterator[str]:
    for name, spec in holder.get(listed, {}).items():
        need = " required" if name in holder.get(needed, []) and position != "state" else ""
        kind, path = spec, prefix + name
        while True:
            if "items" in kind:
                kind, path = kind["items"], path + "[]"
            elif "additionalProperties" in kind:
                kind, path = kind["additionalProperties"], path + "{}"
            else:
                break
        if "$ref" in kind:
            ref = kind["$ref"].removeprefix("#/types/")
            yield f"{token} {position} {path} object {ref.rpartition(':')[2]}{need}"
            yield from _object(types, token, position, types[ref], prefix=f"{path}.")
        else:
            yield f"{token} {position} {path} {kind['type']}{need}"
