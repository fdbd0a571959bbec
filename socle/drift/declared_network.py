"""What states declare of neutron's things. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from socle.drift.declared_ports import interface, port
from socle.drift.declaring import named, thing
from socle.drift.thing import Declared, ordered
from socle.drift.wording import PREFIX, Resource, State

_NET = f"{PREFIX}networking/"
GROUP = f"{_NET}secGroup:SecGroup"


def _network(one: Resource, state: State) -> Declared:
    policies = state.about("networking/rbacPolicyV2:RbacPolicyV2", "objectId", one.id)
    # Sharing it as external makes it one; sharing it with everybody, or with us, shows as shared.
    external = any(it.said("action") == "access_as_external" for it in policies)
    reach = ("*", one.chosen("tenantId"))
    shared = any(
        it.said("action") == "access_as_shared" and it.said("targetTenant") in reach for it in policies
    )
    fields = {
        **named(one),
        "admin_state_up": one.said("adminStateUp", True),
        "port_security_enabled": one.said("portSecurityEnabled", True),
        "shared": one.said("shared", False) or shared,
        "external": one.said("external", False) or external,
        "mtu": one.chosen("mtu"),
        "qos_policy_id": one.said("qosPolicyId"),
        "dns_domain": one.said("dnsDomain"),
    }
    return thing("network", one, {key: value for key, value in fields.items() if key != "mtu" or value})


def _subnet(one: Resource, state: State) -> Declared:
    routes = state.about("networking/subnetRoute:SubnetRoute", "subnetId", one.id)
    pools = one.chosen("allocationPools", [])
    fields = {
        **named(one),
        "network_id": one.said("networkId"),
        "cidr": one.chosen("cidr"),
        "ip_version": one.said("ipVersion", 4),
        "gateway_ip": "" if one.said("noGateway", False) else one.chosen("gatewayIp"),
        "enable_dhcp": one.said("enableDhcp", True),
        "allocation_pools": ordered(f"{it['start']}-{it['end']}" for it in pools),
        "dns_nameservers": list(one.said("dnsNameservers", [])),
        "host_routes": ordered(f"{it.said('destinationCidr')} via {it.said('nextHop')}" for it in routes),
        "service_types": ordered(one.said("serviceTypes", [])),
    }
    return thing("subnet", one, fields, str(one.said("networkId")))


def _router(one: Resource, state: State) -> Declared:
    routes = state.about("networking/routerRoute:RouterRoute", "routerId", one.id)
    gateway = one.said("externalNetworkId")
    addresses = one.chosen("externalFixedIps", [])
    fields = {
        **named(one),
        "admin_state_up": one.said("adminStateUp", True),
        "gateway_network_id": gateway,
        "gateway_addresses": ordered(it["ipAddress"] for it in addresses) if gateway else [],
        "enable_snat": one.said("enableSnat", True) if gateway else "",
        "routes": ordered(f"{it.said('destinationCidr')} via {it.said('nextHop')}" for it in routes),
    }
    return thing("router", one, fields)


def _group(one: Resource, _state: State) -> Declared:
    return thing("security group", one, {**named(one), "stateful": one.said("stateful", True)})


def _rule(one: Resource, _state: State) -> Declared:
    said = {
        "description": "description",
        "direction": "direction",
        "ethertype": "ethertype",
        "protocol": "protocol",
        "port_range_min": "portRangeMin",
        "port_range_max": "portRangeMax",
        "remote_ip_prefix": "remoteIpPrefix",
        "remote_group_id": "remoteGroupId",
        "remote_address_group_id": "remoteAddressGroupId",
        "security_group_id": "securityGroupId",
    }
    fields = {ours: one.said(theirs) for ours, theirs in said.items()}
    return Declared(
        "security group rule",
        one.id,
        one.name,
        fields,
        one.urn,
        one.stack,
        str(fields["security_group_id"]),
    )


def _floating(one: Resource, state: State) -> Declared:
    ties = state.about(
        "networking/floatingIpAssociate:FloatingIpAssociate", "floatingIp", one.chosen("address")
    )
    tie = ties[0] if ties else None
    fields = {
        "floating_ip_address": one.chosen("address"),
        "description": one.said("description"),
        "tags": ordered(one.said("tags", [])),
        "pool": one.said("pool"),
        "port_id": tie.said("portId") if tie else one.said("portId"),
        "fixed_ip_address": tie.chosen("fixedIp") if tie else one.said("fixedIp"),
        "port_forwardings": [],
    }
    return Declared("floating IP", one.id, str(one.chosen("address") or one.name), fields, one.urn, one.stack)


def _policy(one: Resource, _state: State) -> Declared:
    said = {
        "action": "action",
        "object_type": "objectType",
        "object_id": "objectId",
        "target_tenant": "targetTenant",
    }
    fields = {ours: one.said(theirs) for ours, theirs in said.items()}
    within = str(fields["object_id"])
    return Declared("RBAC policy", one.id, one.name, fields, one.urn, one.stack, within)


MAKERS: Mapping[str, Callable[[Resource, State], Declared]] = {
    f"{_NET}network:Network": _network,
    f"{_NET}subnet:Subnet": _subnet,
    f"{_NET}router:Router": _router,
    f"{_NET}routerInterface:RouterInterface": interface,
    f"{_NET}port:Port": port,
    GROUP: _group,
    f"{_NET}secGroupRule:SecGroupRule": _rule,
    f"{_NET}floatingIp:FloatingIp": _floating,
    f"{_NET}rbacPolicyV2:RbacPolicyV2": _policy,
}
