"""How each kind of resource is recognised in the cloud when its id is not known, and what becomes of it.

Recognised by what the creating request itself sets: tags, for example, come in a second request, which an
interruption may have prevented.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

TAGS = "tags"


class Fate(Enum):
    """What becomes of a leftover."""

    DELETE = auto()
    """It holds nothing: `up` makes it anew, whole."""
    ADOPT = auto()
    """It may hold data, or be in use: the state takes it in."""
    REPEAT = auto()
    """Creating it again is the same request on the same thing: nothing to do."""


@dataclass(frozen=True)
class Kind:
    """`same`: the inputs in which a leftover equals what was wanted. `what`: a word for people.

    `given`: inputs of which a creation gives some; those it gave are the same too.
    """

    what: str
    fate: Fate
    same: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """Something in the cloud, in the words of the program's inputs. `busy`: why it must not be deleted.

    `unsettled`: the cloud is still making it. `unmade`: it could not be made, so it holds nothing.
    """

    type: str
    id: str
    inputs: dict[str, Any] = field(hash=False)
    busy: str = ""
    made: datetime | None = None
    """When; nova does not date key pairs, server groups and attachments, none of which holds anything."""
    unsettled: bool = False
    unmade: bool = False

    @property
    def name(self) -> str:
        """What people know it by."""
        return str(self.inputs.get("name") or self.id)


_NAMED = ("name", "description")
KINDS = {
    "openstack:networking/network:Network": Kind("network", Fate.DELETE, _NAMED),
    "openstack:networking/subnet:Subnet": Kind("subnet", Fate.DELETE, (*_NAMED, "cidr")),
    "openstack:networking/router:Router": Kind("router", Fate.DELETE, _NAMED),
    "openstack:networking/routerInterface:RouterInterface": Kind(
        "router interface", Fate.DELETE, ("routerId",), ("subnetId", "portId")
    ),
    # Not repeated: the provider refuses a route that is there.
    "openstack:networking/subnetRoute:SubnetRoute": Kind(
        "subnet route", Fate.DELETE, ("subnetId", "destinationCidr", "nextHop")
    ),
    "openstack:networking/rbacPolicyV2:RbacPolicyV2": Kind(
        "RBAC policy", Fate.DELETE, ("action", "objectType", "objectId", "targetTenant")
    ),
    "openstack:networking/port:Port": Kind("port", Fate.DELETE, _NAMED),
    "openstack:networking/secGroup:SecGroup": Kind("security group", Fate.DELETE, _NAMED),
    "openstack:networking/secGroupRule:SecGroupRule": Kind(
        "security group rule",
        Fate.DELETE,
        (
            "securityGroupId",
            "direction",
            "ethertype",
            "protocol",
            "portRangeMin",
            "portRangeMax",
            "remoteIpPrefix",
            "remoteGroupId",
        ),
    ),
    # It has no name.
    "openstack:networking/floatingIp:FloatingIp": Kind("floating IP", Fate.DELETE, ("description",)),
    "openstack:networking/floatingIpAssociate:FloatingIpAssociate": Kind("association", Fate.REPEAT),
    "openstack:compute/keypair:Keypair": Kind("key pair", Fate.DELETE, ("name", "publicKey")),
    "openstack:compute/serverGroup:ServerGroup": Kind("server group", Fate.DELETE, ("name",)),
    "openstack:compute/instance:Instance": Kind("server", Fate.DELETE, ("name", "metadata")),
    "openstack:compute/volumeAttach:VolumeAttach": Kind(
        "volume attachment", Fate.ADOPT, ("instanceId", "volumeId")
    ),
    "openstack:blockstorage/volume:Volume": Kind(
        "volume", Fate.ADOPT, (*_NAMED, "size", "volumeType", "availabilityZone", "metadata")
    ),
    "openstack:objectstorage/container:Container": Kind("container", Fate.REPEAT),
    "openstack:identity/project:Project": Kind("Keystone project", Fate.DELETE, _NAMED),
    "openstack:identity/user:User": Kind("user", Fate.DELETE, _NAMED),
    "openstack:identity/roleAssignment:RoleAssignment": Kind("role assignment", Fate.REPEAT),
}


def matches(inputs: dict[str, Any], found: Found) -> bool:
    """Whether `found` is what a creation with `inputs` makes.

    Tags decide too where the cloud has some: they are all there, or were not yet set.
    """
    kind = KINDS[found.type]
    wanted = {name: plain(inputs.get(name)) for name in kind.same}
    if wanted != {name: plain(found.inputs.get(name)) for name in kind.same}:
        return False
    if any(inputs.get(name) and inputs[name] != found.inputs.get(name) for name in kind.given):
        return False
    tags = found.inputs.get(TAGS)
    return not tags or sorted(tags) == sorted(inputs.get(TAGS) or ())


def plain(value: Any) -> Any:
    """A value without what Pulumi adds to it, and with nothing and empty taken for the same."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, str):
        return value.strip()
    # Through JSON a whole number may come back as a float.
    return "" if value is None else value
