"""Writes a case as HCL: a folder of its own, as a module of Terraform or OpenTofu has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.rivals.kinds import PROVIDER, STANDING
from bench.rivals.seeds import Case, arguments

SOURCE = "socle.invalid/terraform-provider-openstack/openstack"
"""As bench/up/platform names it: a mirror on this disk serves it, no registry."""
HEADER = f"""\
terraform {{
  required_providers {{
    openstack = {{
      source = "{SOURCE}"
    }}
  }}
}}
"""


def write(case: Case, folder: Path) -> Path:
    """The module's folder, named after the case."""
    place = folder / case.name
    place.mkdir(parents=True)
    (place / "main.tf").write_text(text(case), encoding="utf-8")
    return place


def text(case: Case) -> str:
    """The case as one file."""
    return "\n".join([HEADER, *(_thing(case, key) for key in case.things)])


def address(case: Case, key: str) -> str:
    """`openstack_networking_secgroup_v2.rivals-ssh-open-bad-group`."""
    return f"openstack_{case.things[key]['type']}.{case.called(key)}"


def _thing(case: Case, key: str) -> str:
    kind = case.things[key]["type"]
    head = 'provider "openstack"' if kind == PROVIDER else f'resource "openstack_{kind}" "{case.called(key)}"'
    lines = _body(case, arguments(case, key), "  ")
    return "\n".join([head + " {", *lines, "}", ""])


def _body(case: Case, said: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in said.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and not _solved(value[0]):
            for one in value:
                yield f"{indent}{name} {{"
                yield from _body(case, one, indent + "  ")
                yield f"{indent}}}"
        else:
            yield f"{indent}{name} = {_value(case, value)}"


def _solved(value: Mapping[str, Any]) -> bool:
    return "ref" in value or "cloud" in value


def _value(case: Case, value: Any) -> str:
    if isinstance(value, dict):
        if "ref" in value:
            return f"{address(case, value['ref'])}.{value.get('of', 'id')}"
        if "cloud" in value:
            return json.dumps(STANDING[value["cloud"]])
        return "{ " + ", ".join(f"{key} = {_value(case, one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(case, one) for one in value) + "]"
    return json.dumps(value).replace("${", "$${")
