"""Availability zones: what tells one hypervisor's namespaces, sockets, folders and addresses from another's.

Pure facts. The first zone is the cloud itself, with every service; a further one is a hypervisor and no more.
"""

from dataclasses import dataclass
from pathlib import Path

from localcloud.model import Cloud

NAMES = ("nova", "az2")
"""As nova's users write them; the first is nova's name for a host that nobody put anywhere."""


def named(step: str, number: int) -> str:
    """A step's name in a zone: the plain one in the first."""
    return step if number == 1 else f"{step}@{NAMES[number - 1]}"


@dataclass(frozen=True)
class Zone:
    """One zone of a cloud, counted from 1."""

    cloud: Cloud
    number: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the zone with the cloud's services and the way out."""
        return self.number == 1

    @property
    def name(self) -> str:
        """The availability zone's name."""
        return NAMES[self.number - 1]

    @property
    def host(self) -> str:
        """The hypervisor's name in nova, neutron and OVN."""
        return f"hypervisor-{self.number}"

    @property
    def chassis(self) -> str:
        """The hypervisor's identity in OVN."""
        return "socle-chassis" if self.is_first else f"socle-chassis-{self.number}"

    @property
    def netns(self) -> str:
        """The zone's network namespace; no cloud's name has a dot, so none can be taken for another's."""
        return self.cloud.netns if self.is_first else f"{self.cloud.netns}.{self.name}"

    @property
    def netns_file(self) -> Path:
        """The file by which the network namespace is entered."""
        return Path("/run/netns") / self.netns

    @property
    def sock(self) -> Path:
        """Unix sockets of what each zone has of its own."""
        return self.cloud.sock if self.is_first else self.cloud.sock / self.name

    @property
    def mount_file(self) -> Path:
        """The file by which the private mount namespace is entered."""
        return self.sock / "mnt"

    @property
    def name_file(self) -> Path:
        """The file by which the namespace with a host name of its own is entered; the first zone has none."""
        return self.sock / "uts"

    @property
    def namespace_files(self) -> dict[str, Path]:
        """What stands while the zone's walls do, by nsenter's names."""
        own = {"net": self.netns_file, "mount": self.mount_file}
        return own if self.is_first else {**own, "uts": self.name_file}

    @property
    def state(self) -> Path:
        """What the zone's hypervisor stores."""
        return self._own("state")

    @property
    def etc(self) -> Path:
        """The configuration of what each zone has of its own."""
        return self._own("etc")

    def _own(self, kind: str) -> Path:
        folder = self.cloud.folder(kind)
        return folder if self.is_first else folder / self.name

    @property
    def underlay_address(self) -> str:
        """The hypervisor's end of the tunnels to other zones, of a network that exists inside only."""
        return f"198.18.254.{self.number}"


def first(cloud: Cloud) -> Zone:
    """The zone that every cloud has."""
    return Zone(cloud)


def of(cloud: Cloud) -> list[Zone]:
    """The cloud's zones, as recorded; one when nothing is."""
    return [Zone(cloud, number + 1) for number in range(cloud.facts().get("zones", 1))]


def possible(cloud: Cloud) -> list[Zone]:
    """Every zone that a cloud may have, whatever its record says."""
    return [Zone(cloud, number + 1) for number in range(len(NAMES))]
