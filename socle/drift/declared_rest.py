"""What states declare of servers, volumes, containers and identities. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from socle.drift.compute import public
from socle.drift.declaring import thing
from socle.drift.identity import assignment_id
from socle.drift.thing import Declared, ordered
from socle.drift.wording import PREFIX, Resource, State, own

_POWER = {
    "active": "ACTIVE",
    "shutoff": "SHUTOFF",
    "shelved_offloaded": "SHELVED_OFFLOADED",
    "paused": "PAUSED",
}


def _server(one: Resource, _state: State) -> Declared:
    hints = one.said("schedulerHints", [])
    power = str(one.said("powerState", "active"))
    fields = {
        "name": one.chosen("name"),
        "description": "",
        "status": _POWER.get(power, power.upper()),
        "metadata": own(one.said("metadata", {})),
        "key_name": one.said("keyPair"),
        "flavor": one.chosen("flavorName"),
        "image_id": one.chosen("imageId"),
        "availability_zone": one.chosen("availabilityZone"),
        "config_drive": one.said("configDrive", False),
        "tags": ordered(one.said("tags", [])),
        "locked": False,
        "server_groups": ordered(it["group"] for it in hints if it.get("group")),
    }
    return thing("server", one, fields)


def _key_pair(one: Resource, _state: State) -> Declared:
    fields = {"name": one.chosen("name"), "public_key": public(str(one.chosen("publicKey")))}
    return thing("key pair", one, fields)


def _server_group(one: Resource, state: State) -> Declared:
    members = [
        server.id
        for server in state.of("compute/instance:Instance")
        if any(it.get("group") == one.id for it in server.said("schedulerHints", []))
    ]
    policy = one.said("policies")
    fields = {
        "name": one.chosen("name"),
        "policy": ",".join(policy) if isinstance(policy, list) else policy,
        "members": ordered(members),
    }
    return thing("server group", one, fields)


def _volume(one: Resource, state: State) -> Declared:
    ties = state.about("compute/volumeAttach:VolumeAttach", "volumeId", one.id)
    fields = {
        "name": one.chosen("name"),
        "description": one.said("description"),
        "size": one.said("size"),
        "volume_type": one.chosen("volumeType"),
        "availability_zone": one.chosen("availabilityZone"),
        "metadata": own(one.said("metadata", {})),
        "attached_to": ordered(it.said("instanceId") for it in ties),
        "status": "in-use" if ties else "available",
        "bootable": bool(one.said("imageId")),
        "multiattach": False,
        "snapshot_id": one.said("snapshotId"),
        "source_volume_id": one.said("sourceVolId"),
    }
    return thing("volume", one, fields)


def _container(one: Resource, _state: State) -> Declared:
    fields = {
        "read_acl": _entries(one.said("containerRead")),
        "write_acl": _entries(one.said("containerWrite")),
        "versioning": one.said("versioning", False),
        "legacy_versions": "",
        "sync_to": one.said("containerSyncTo"),
        "sync_key": "set" if one.inputs.get("containerSyncKey") else "",
        "temp_url_key": "",
        "temp_url_key_2": "",
        # Swift tells keys of metadata in whatever case: here, small letters.
        "metadata": {key.lower(): value for key, value in own(one.said("metadata", {})).items()},
    }
    if policy := one.chosen("storagePolicy"):
        fields["storage_policy"] = policy
    return thing("container", one, fields)


def account(project: str) -> Declared:
    """The object store's account: no stack has it, and nothing of ours ever sets anything on it."""
    fields = {"temp_url_key": "", "temp_url_key_2": "", "access_control": "", "metadata": dict[str, str]()}
    return Declared("account", project, "of the object store", fields)


def _entries(text: str) -> list[str]:
    return ordered(part.strip() for part in str(text).split(",") if part.strip())


def _project(one: Resource, _state: State) -> Declared:
    fields = {
        "name": one.chosen("name"),
        "description": one.said("description"),
        "enabled": one.said("enabled", True),
        "tags": ordered(one.said("tags", [])),
    }
    return thing("project", one, fields)


def _user(one: Resource, _state: State) -> Declared:
    fields = {
        "name": one.chosen("name"),
        "description": one.said("description"),
        "enabled": one.said("enabled", True),
        "default_project_id": one.said("defaultProjectId"),
        "email": "",
    }
    return thing("user", one, fields)


def _assignment(one: Resource, _state: State) -> Declared:
    number = assignment_id(
        domain=str(one.said("domainId")),
        project=str(one.said("projectId")),
        group=str(one.said("groupId")),
        user=str(one.said("userId")),
        role=str(one.said("roleId")),
    )
    return Declared("role assignment", number, one.name, {}, one.urn, one.stack)


MAKERS: Mapping[str, Callable[[Resource, State], Declared]] = {
    f"{PREFIX}compute/instance:Instance": _server,
    f"{PREFIX}compute/keypair:Keypair": _key_pair,
    f"{PREFIX}compute/serverGroup:ServerGroup": _server_group,
    f"{PREFIX}blockstorage/volume:Volume": _volume,
    f"{PREFIX}objectstorage/container:Container": _container,
    f"{PREFIX}identity/project:Project": _project,
    f"{PREFIX}identity/user:User": _user,
    f"{PREFIX}identity/roleAssignment:RoleAssignment": _assignment,
}
