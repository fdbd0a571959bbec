"""Lists what nova has of the project, in the fields that are compared."""

from __future__ import annotations

from typing import Any

from socle.drift import traces
from socle.drift.answers import Unread
from socle.drift.asking import Reader
from socle.drift.thing import Thing, ordered

VERSION = "2.73"
"""Of nova's API: with descriptions, tags and locks of servers, flavors by name."""


def servers(reader: Reader) -> list[Thing]:
    """Every server of the session's project."""
    found, groups = _servers(reader), _groups_of_members(reader)
    return [_server(it, groups) for it in found]


def _groups_of_members(reader: Reader) -> dict[str, list[str]] | None:
    """Ids of groups by server; None when nova does not tell. Its list of servers never does."""
    members: dict[str, list[str]] = {}
    try:
        for group in server_groups(reader):
            for member in group.fields["members"]:
                members.setdefault(str(member), []).append(group.id)
    except Unread:
        return None
    return members


def _server(item: Any, groups: dict[str, list[str]] | None) -> Thing:
    try:
        flavor, image = item["flavor"], item["image"] or {}
        fields: dict[str, Any] = {
            "name": item["name"],
            "status": item["status"],
            "metadata": item["metadata"],
            "key_name": item["key_name"],
            "flavor": flavor.get("original_name") or flavor["id"],
            "image_id": image.get("id", ""),
            "availability_zone": item["OS-EXT-AZ:availability_zone"],
            "config_drive": str(item["config_drive"]).lower() == "true",
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise Unread(f"compute: a server in the answer is not whole ({error})") from None
    # Left out where the service is older: then they are not claimed either.
    if "tags" in item:
        fields["tags"] = ordered(item["tags"])
    if "locked" in item:
        fields["locked"] = item["locked"]
    if groups is not None:
        fields["server_groups"] = ordered(groups.get(str(item["id"]), ()))
    if "description" in item:
        # Before 2.19 nova made a server's name its description too.
        fields["description"] = "" if item["description"] == item["name"] else item["description"]
    return Thing("server", str(item["id"]), str(item["name"]), fields, traces=traces.of(item))


def key_pairs(reader: Reader, declared_owner: frozenset[str], me: str) -> list[Thing]:
    """The key pairs of the session's user: nobody else's can be listed without being an operator.

    `declared_owner`: users who made our servers. When none of them is `me`, their pairs are out of sight.
    """
    if declared_owner and me not in declared_owner:
        raise Unread("compute: key pairs belong to users; only the one who runs `pulumi up` sees its own")
    version = reader.version("compute", "2.35")
    found = reader.pages(
        "compute",
        "/os-keypairs",
        "keypairs",
        version=version,
        marker=lambda it: str(it["keypair"]["name"]),
    )
    return [_key_pair(it["keypair"]) for it in found]


def _key_pair(item: Any) -> Thing:
    name = str(item["name"])
    fields = {"name": name, "public_key": public(str(item["public_key"]))}
    return Thing("key pair", name, name, fields)


def public(text: str) -> str:
    """A public key without its comment."""
    return " ".join(text.split()[:2])


def server_groups(reader: Reader) -> list[Thing]:
    """Every placement group of the project."""
    version = reader.version("compute", "2.64")
    found = reader.pages("compute", "/os-server-groups", "server_groups", version=version, by="offset")
    return [
        Thing(
            "server group",
            str(it["id"]),
            str(it["name"]),
            {
                "name": it["name"],
                "policy": it.get("policy") or ",".join(it.get("policies") or ()),
                "members": ordered(it["members"]),
            },
            traces=traces.of(it),
        )
        for it in found
    ]


def makers(reader: Reader) -> frozenset[str]:
    """Ids of the users who made the project's servers."""
    return frozenset(str(it.get("user_id", "")) for it in _servers(reader))


def _servers(reader: Reader) -> list[Any]:
    version = reader.version("compute", VERSION)
    return reader.pages("compute", "/servers/detail", "servers", version=version)
