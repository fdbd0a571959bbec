"""What states declare of neutron's things. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from socle.drift.thing import Declared, ordered
from socle.drift.wording import PREFIX, Resource, State

_NET = f"{PREFIX}networking/"
GROUP = f"{_NET}secGroup:SecGroup"
_INSTANCE = "compute/instance:Instance"
_INTERFACE = "networking/routerInterface:RouterInterface"


def _thing(kind: str, one: Resource, fields: Mapping[str, Any], within: str = "") -> Declared:
    name = str(one.chosen("name") or one.name)
    return Declared(kind, one.id, name, dict(fields), one.urn, one.stack, within)


def _named(one: Resource) -> dict[str, Any]:
    return {
        "name": one.chosen("name"),
        "description": one.said("description"),
        "tags": ordered(one.said("tags", [])),
    }


def _network(one: Resource, state: State) -> Declared:
    policies = state.about("networking/rbacPolicyV2:RbacPolicyV2", "objectId", one.id)
    # Sharing it as external makes it one; sharing it with everybody, or with us, shows as shared.
    external = any(it.said("action") == "access_as_external" for it in policies)
    reach = ("*", one.chosen("tenantId"))
    shared = any(
        it.said("action") == "access_as_shared" and it.said("targetTenant") in reach for it in policies
    )
    fields = {
        **_named(one),
        "admin_state_up": one.said("adminStateUp", True),
        "port_security_enabled": one.said("portSecurityEnabled", True),
        "shared": one.said("shared", False) or shared,
        "external": one.said("external", False) or external,
        "mtu": one.chosen("mtu"),
        "qos_policy_id": one.said("qosPolicyId"),
        "dns_domain": one.said("dnsDomain"),
    }
    return _thing("network", one, {key: value for key, value in fields.items() if key != "mtu" or value})


def _subnet(one: Resource, state: State) -> Declared:
    routes = state.about("networking/subnetRoute:SubnetRoute", "subnetId", one.id)
    pools = one.chosen("allocationPools", [])
    fields = {
        **_named(one),
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
    return _thing("subnet", one, fields, str(one.said("networkId")))


def _router(one: Resource, state: State) -> Declared:
    routes = state.about("networking/routerRoute:RouterRoute", "routerId", one.id)
    gateway = one.said("externalNetworkId")
    addresses = one.chosen("externalFixedIps", [])
    fields = {
        **_named(one),
        "admin_state_up": one.said("adminStateUp", True),
        "gateway_network_id": gateway,
        "gateway_addresses": ordered(it["ipAddress"] for it in addresses) if gateway else [],
        "enable_snat": one.said("enableSnat", True) if gateway else "",
        "routes": ordered(f"{it.said('destinationCidr')} via {it.said('nextHop')}" for it in routes),
    }
    return _thing("router", one, fields)


def _port(one: Resource, state: State) -> Declared:
    fixed = one.said("fixedIps", [])
    told = [str(it["ipAddress"]) for it in fixed if it.get("ipAddress")]
    addresses = told if fixed and len(told) == len(fixed) else one.chosen("allFixedIps", [])
    groups = one.inputs.get("securityGroupIds")
    if groups is None:
        groups = [] if one.said("noSecurityGroups", False) else one.chosen("allSecurityGroupIds", [])
    device, owner = _user(one, state)
    binding = one.said("binding", {})
    fields = {
        **_named(one),
        "network_id": one.said("networkId"),
        "admin_state_up": one.said("adminStateUp", True),
        "mac_address": one.chosen("macAddress"),
        "port_security_enabled": one.said("portSecurityEnabled", True),
        "device_id": device,
        "device_owner": owner,
        "qos_policy_id": one.said("qosPolicyId"),
        "addresses": ordered(addresses),
        "security_groups": ordered(groups),
        "allowed_address_pairs": ordered(
            f"{it['ipAddress']} {it.get('macAddress') or one.chosen('macAddress')}"
            for it in one.said("allowedAddressPairs", [])
        ),
        "extra_dhcp_opts": ordered(f"{it['name']}={it['value']}" for it in one.said("extraDhcpOptions", [])),
        "vnic_type": binding.get("vnicType") or "normal",
    }
    return _thing("port", one, fields, str(one.said("networkId")))


def _user(one: Resource, state: State) -> tuple[str, str]:
    """Whose the port is, by the state: a router's, a server's, nobody's."""
    for interface in state.about(_INTERFACE, "portId", one.id):
        return str(interface.said("routerId")), "network:router_interface"
    for server in state.of(_INSTANCE):
        if any(it.get("port") == one.id for it in server.said("networks", [])):
            return server.id, "compute"
    return str(one.said("deviceId")), str(one.said("deviceOwner"))


def _interface(one: Resource, state: State) -> Declared:
    port = next((it for it in state.of("networking/port:Port") if it.id == one.chosen("portId")), None)
    declared = _port(port, state).fields if port else {}
    subnets = [it["subnetId"] for it in port.said("fixedIps", [])] if port else [one.chosen("subnetId")]
    fields = {
        "router_id": one.said("routerId"),
        "subnets": ordered(subnets),
        "admin_state_up": declared.get("admin_state_up", True),
        "security_groups": declared.get("security_groups", []),
        "allowed_address_pairs": declared.get("allowed_address_pairs", []),
    }
    # Its id is its port's.
    return Declared("router interface", one.id, one.name, fields, one.urn, one.stack)


def _group(one: Resource, _state: State) -> Declared:
    return _thing("security group", one, {**_named(one), "stateful": one.said("stateful", True)})


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
    f"{_NET}routerInterface:RouterInterface": _interface,
    f"{_NET}port:Port": _port,
    GROUP: _group,
    f"{_NET}secGroupRule:SecGroupRule": _rule,
    f"{_NET}floatingIp:FloatingIp": _floating,
    f"{_NET}rbacPolicyV2:RbacPolicyV2": _policy,
}
