"""What the installed Python SDK of OpenStack says: every token with its inputs, outputs and secrets.

Read from the SDK's own classes, so that it tells what programs will really send and expect.
One fact is one line of text, in the same words as `schema` uses for the provider.
"""

import importlib
import inspect
import pkgutil
import re
import sys
import types
import typing
import warnings
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any

import pulumi

with warnings.catch_warnings():
    # The SDK warns of its former tokens when it is imported; they are served all the same.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_openstack

PRIMITIVES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def facts() -> set[str]:
    """Every fact that the SDK states."""
    found: set[str] = set()
    for module in _modules():
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isclass(thing) and issubclass(thing, (pulumi.CustomResource, pulumi.ProviderResource)):
                found.update(_resource(module, thing))
            elif inspect.isfunction(thing) and not name.startswith("_"):
                found.update(_function(module, thing))
    return found


def _modules() -> Iterator[types.ModuleType]:
    for entry in pkgutil.walk_packages(pulumi_openstack.__path__, "pulumi_openstack."):
        yield importlib.import_module(entry.name)


def _resource(module: types.ModuleType, cls: type) -> Iterator[str]:
    source = inspect.getsource(cls)
    token = _one(r"super\(\w+, __self__\)\.__init__\(\s*'([^']+)'", source)
    if token == "openstack":
        yield from _properties("provider", "input", module.ProviderArgs)
        return
    yield f"resource {token}"
    for position, holder in (
        ("input", f"{cls.__name__}Args"),
        ("state", f"_{cls.__name__}State"),
        ("output", cls.__name__),
    ):
        yield from _properties(token, position, getattr(module, holder))
    for listed in re.findall(r"additional_secret_outputs=\[([^]]*)\]", source):
        yield from (f"{token} secret {name}" for name in re.findall(r'"(\w+)"', listed))


def _function(module: types.ModuleType, function: types.FunctionType) -> Iterator[str]:
    source = inspect.getsource(function)
    tokens = re.findall(r"runtime\.invoke\('([^']+)'", source)
    if not tokens:
        return
    token = tokens[0]
    yield f"function {token}"
    for wire, python in re.findall(r"__args__\['(\w+)'\] = (\w+)", source):
        # Python's functions make every argument optional, so they say nothing of which ones are needed.
        yield from _value(module, token, "input", wire, function.__annotations__[python], required=False)
    yield from _properties(token, "output", getattr(module, _one(r"typ=(\w+)\)", source)))


def _properties(token: str, position: str, holder: type, prefix: str = "") -> Iterator[str]:
    module = sys.modules[holder.__module__]
    for name, member in vars(holder).items():
        if isinstance(member, property) and member.fget:
            wire = getattr(member.fget, "_pulumi_name", name)
            hint = member.fget.__annotations__["return"]
            yield from _value(module, token, position, prefix + wire, hint, required=position != "state")


def _value(
    module: types.ModuleType, token: str, position: str, path: str, hint: Any, *, required: bool
) -> Iterator[str]:
    kind, optional = _plain(hint, module)
    need = "" if optional or not required else " required"
    while typing.get_origin(kind) is not None:
        path += "{}" if issubclass(typing.get_origin(kind), Mapping) else "[]"
        kind, _ = _plain(typing.get_args(kind)[-1], module)
    if kind in PRIMITIVES:
        yield f"{token} {position} {path} {PRIMITIVES[kind]}{need}"
        return
    # The SDK tells inputs from results of one type by a suffix.
    name = re.sub(r"(Args|Result)$", "", kind.__name__)
    yield f"{token} {position} {path} object {name}{need}"
    yield from _properties(token, position, kind, f"{path}.")


def _plain(hint: Any, module: types.ModuleType) -> tuple[Any, bool]:
    """The one type that a hint is about, without Input, Output and the like, and whether it may be absent.

    Names are looked up here: `typing` shares one cached hint between modules that mean different classes.
    """
    if isinstance(hint, (str, typing.ForwardRef)):
        return _plain(_named(hint if isinstance(hint, str) else hint.__forward_arg__, module), module)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        parts = [part for part in arguments if part is not type(None)]
        found = [_plain(part, module) for part in parts if not _is_output(part)]
        # An input object may also be given as a typed dictionary; the class says the same.
        kinds = [kind for kind, _ in found if not typing.is_typeddict(kind)]
        return kinds[0], type(None) in arguments or any(optional for _, optional in found)
    if origin in (pulumi.Output, Awaitable):
        return _plain(arguments[0], module)
    return hint, False


def _is_output(part: Any) -> bool:
    """Whether a part of Input[T] only says that T may come later."""
    return typing.get_origin(part) is Awaitable or (
        isinstance(part, typing.ForwardRef) and part.__forward_arg__.startswith("Output[")
    )


def _named(path: str, module: types.ModuleType) -> Any:
    found: Any = module
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _one(pattern: str, source: str) -> str:
    found = re.search(pattern, source)
    assert found, f"the SDK's code has changed: nothing matches {pattern}"
    return found[1]
