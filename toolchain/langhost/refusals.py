"""What this host does not do, refused in one line that says what to use instead.

Generating code needs the official host's generators, which no package registry serves.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import grpc

REFUSED = {
    "GenerateProgram": "generate a program (`pulumi import`: add --generate-code=false)",
    "GenerateProject": "generate a project (`pulumi convert`)",
    "GeneratePackage": "generate an SDK (`pulumi package add`)",
    "Pack": "pack an SDK",
    "Link": "link an SDK (`pulumi package add`)",
}


def refuse(context: grpc.ServicerContext, what: str) -> NoReturn:
    """End a call with the reason."""
    text = f"this Python language host does not {what}; the official Pulumi does (see toolchain/README.md)"
    context.abort(grpc.StatusCode.UNIMPLEMENTED, text)
    raise AssertionError(text)


def refusals() -> dict[str, Callable[..., NoReturn]]:
    """A method for every refused call, by its name in the protocol."""

    def method(what: str) -> Callable[..., NoReturn]:
        return lambda _self, _request, context: refuse(context, what)

    return {name: method(what) for name, what in REFUSED.items()}


def with_refusals(cls: type[Any]) -> type[Any]:
    """Class decorator: add the refused calls to a servicer."""
    for name, method in refusals().items():
        setattr(cls, name, method)
    return cls
