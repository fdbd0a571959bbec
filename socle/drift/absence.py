"""Whether what no list had is gone: asked for each alone, since a list can be cut and look whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from socle.drift import network
from socle.drift.answers import Unread
from socle.drift.asking import Reader, at_once
from socle.drift.compare import Absent
from socle.drift.declared import Expectation
from socle.drift.thing import Inventory

_ITEMS: Mapping[str, tuple[str, str]] = {
    **{kind: ("network", f"{path}/{{}}") for kind, (path, _) in network.PATHS.items()},
    "router interface": ("network", "/ports/{}"),
    "server": ("compute", "/servers/{}"),
    "server group": ("compute", "/os-server-groups/{}"),
    "key pair": ("compute", "/os-keypairs/{}"),
    "volume": ("block_storage", "/volumes/{}"),
    "project": ("identity", "/projects/{}"),
    "user": ("identity", "/users/{}"),
}


def confirm(cloud: Reader, manager: Reader | None, expected: Expectation, inventory: Inventory) -> Absent:
    """Whether declared things that no list had are gone: a list can be cut and look whole."""
    lost = [
        one
        for kind, wanted in expected.things.items()
        if kind in inventory.things
        for one in wanted
        if one.id not in {it.id for it in inventory.things[kind]}
    ]
    others = {it.id for it in inventory.things.get("port", ())}
    answers = at_once(lambda one: _gone(cloud, manager, one, inventory, others), lost)
    return {(one.kind, one.id): doubt for one, doubt in zip(lost, answers, strict=True)}


def _gone(cloud: Reader, manager: Reader | None, one: Any, inventory: Inventory, ports: set[str]) -> str:
    if one.kind == "container" or (one.kind == "router interface" and one.id in ports):
        return ""  # the container was asked for by name already; the port is there and no interface any more
    if one.kind not in _ITEMS:
        return (
            "" if inventory.things[one.kind] else "the whole list is empty, and it cannot be asked for alone"
        )
    service, path = _ITEMS[one.kind]
    reader = manager if service == "identity" else cloud
    if reader is None:
        return "nobody may ask for it"
    try:
        there = reader.exists(service, path.format(quote(one.id)))
    except Unread as unread:
        return f"no list had it, and it could not be asked for alone: {unread}"
    return "the list left it out although it is there: the list is not whole" if there else ""
