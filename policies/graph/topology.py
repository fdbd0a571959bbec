"""Networks, routers, and the network cards of hosts: where they stand and which groups guard them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from policies.graph.labels import labels
from policies.graph.perimeter import GROUP
from policies.graph.refs import Index, Refs
from policies.net import Prefix, prefix
from policies.snapshot import Resource
from policies.values import Unknown, opened

NETWORK, SUBNET, PORT = "networking/network", "networking/subnet", "networking/port"
ROUTER, INTERFACE = "networking/router", "networking/routerInterface"
FLOATING, ASSOCIATE = "networking/floatingIp", "networking/floatingIpAssociate"
ASSOCIATED = "networking/portSecGroupAssociate"
INSTANCE, ATTACHED = "compute/instance", "compute/interfaceAttach"


@dataclass(frozen=True, eq=False)
class Nic:
    """A host's card. `owner`: the port, or the server when it names a network.

    `guarded`: False when port security is off, so that no group counts. `labels`: of all three.
    """

    owner: Resource
    server: Resource | None
    networks: Refs
    groups: Refs
    guarded: bool | Unknown
    addresses: tuple[Prefix, ...]
    labels: Mapping[str, str]

    @property
    def name(self) -> str:
        """The server's, else the port's."""
        return (self.server or self.owner).name

    @property
    def roles(self) -> frozenset[str]:
        """Roles of its host."""
        return frozenset(self.labels.get("role", "").split(",")) - {""}


@dataclass
class Topology:
    """By router, `joined`: networks it has an interface on; `gateways`: where its gateway leads."""

    nics: list[Nic] = field(default_factory=list)
    joined: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    unsure: set[str] = field(default_factory=set)
    gateways: dict[str, Refs] = field(default_factory=dict)
    router_ports: set[str] = field(default_factory=set)
    prefixes: dict[str, list[Prefix]] = field(default_factory=lambda: defaultdict(list))
    names: Mapping[str, str] = field(default_factory=dict)
    by_owner: dict[str, list[Nic]] = field(default_factory=lambda: defaultdict(list))
    by_server: dict[str, list[Nic]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, index: Index, names: Mapping[str, str]) -> Topology:
        """Read once. `names`: see `labels`."""
        made = cls(names=names)
        for subnet in index.all(SUBNET):
            cidr = prefix(subnet.get("cidr"))
            for network in index.follow(subnet, "networkId", NETWORK).found:
                if not isinstance(cidr, Unknown):
                    made.prefixes[network.urn].append(cidr)
        for router in index.all(ROUTER):
            made.gateways[router.urn] = index.follow(router, "externalNetworkId", NETWORK)
        for interface in index.all(INTERFACE):
            made._join(interface, index)
        made.nics = [*made._ports(index), *made._implicit(index)]
        for nic in made.nics:
            made.by_owner[nic.owner.urn].append(nic)
            if nic.server is not None:
                made.by_server[nic.server.urn].append(nic)
        return made

    def _join(self, interface: Resource, index: Index) -> None:
        """A router's interface by subnet or port. Its router may be another stack's: then known by id."""
        ports = index.follow(interface, "portId", PORT)
        self.router_ports |= {port.urn for port in ports.found}
        networks = {
            network.urn: network
            for source, kind in ((index.follow(interface, "subnetId", SUBNET), SUBNET), (ports, PORT))
            for one in source.found
            if one.kind == kind
            for network in index.follow(one, "networkId", NETWORK).found
        }
        routers = index.follow(interface, "routerId", ROUTER)
        for key in [one.urn for one in routers.found] + list(routers.outside):
            self.joined[key] += networks.values()
            if not networks:
                self.unsure.add(key)

    def _ports(self, index: Index) -> Iterator[Nic]:
        servers: dict[str, Resource] = {}
        for server in index.all(INSTANCE):
            for port in index.follow(server, "networks", PORT, key="port").found:
                servers[port.urn] = server
        for attached in index.all(ATTACHED):
            for port in index.follow(attached, "portId", PORT).found:
                for server in index.follow(attached, "instanceId", INSTANCE).found:
                    servers[port.urn] = server
        for port in index.all(PORT):
            if port.urn in self.router_ports:
                continue
            networks = index.follow(port, "networkId", NETWORK)
            guarded, groups = port.flag("portSecurityEnabled"), index.follow(port, "securityGroupIds", GROUP)
            for more in index.all(ASSOCIATED):
                if port in index.follow(more, "portId", PORT).found:
                    groups = groups.and_(index.follow(more, "securityGroupIds", GROUP))
            yield self._nic(port, servers.get(port.urn), networks, groups, guarded)

    def _implicit(self, index: Index) -> Iterator[Nic]:
        """Cards that nova makes: a server that names a network, not a port."""
        for server in index.all(INSTANCE):
            said = server.items("networks")
            for item in said if isinstance(said, list) else []:
                piece = opened(item)
                if isinstance(piece, dict) and "port" not in piece:
                    networks = index.follow(server, "networks", NETWORK, key="uuid")
                    if networks.empty:
                        networks = index.follow(server, "networks", NETWORK, key="name")
                    groups = index.follow(server, "securityGroups", GROUP)
                    yield self._nic(server, server, networks, groups, None)

    def _nic(
        self,
        owner: Resource,
        server: Resource | None,
        networks: Refs,
        groups: Refs,
        guarded: bool | Unknown | None,
    ) -> Nic:
        said: dict[str, str] = {}
        for one in (*networks.found, *([server] if server else []), owner):
            said |= labels(one, self.names)
        on = [one.flag("portSecurityEnabled") for one in networks.found]
        if (
            guarded is None
        ):  # as Neutron: the port inherits it from its network, which has it unless told not to
            guarded = False not in on
        return Nic(owner, server, networks, groups, guarded, tuple(_addresses(owner)), said)


def _addresses(port: Resource) -> Iterator[Prefix]:
    said = port.items("fixedIps")
    for item in said if isinstance(said, list) else []:
        piece = opened(item)
        address = piece.get("ipAddress") if isinstance(piece, dict) else None
        if isinstance(address, str):
            try:
                found = prefix(str(ip_address(address)))
            except ValueError:
                continue
            if not isinstance(found, Unknown):
                yield found
