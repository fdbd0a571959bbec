"""What states declare of ports and of routers' interfaces, which are ports too. Pure."""

from __future__ import annotations

from socle.drift.declaring import named, thing
from socle.drift.thing import Declared, ordered
from socle.drift.wording import Resource, State

_INSTANCE = "compute/instance:Instance"
_INTERFACE = "networking/routerInterface:RouterInterface"


def port(one: Resource, state: State) -> Declared:
    """A port, with whose it is."""
    fixed = one.said("fixedIps", [])
    told = [str(it["ipAddress"]) for it in fixed if it.get("ipAddress")]
    addresses = told if fixed and len(told) == len(fixed) else one.chosen("allFixedIps", [])
    groups = one.inputs.get("securityGroupIds")
    if groups is None:
        groups = [] if one.said("noSecurityGroups", False) else one.chosen("allSecurityGroupIds", [])
    device, owner = _user(one, state)
    binding = one.said("binding", {})
    fields = {
        **named(one),
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
    return thing("port", one, fields, str(one.said("networkId")))


def _user(one: Resource, state: State) -> tuple[str, str]:
    """Whose the port is, by the state: a router's, a server's, nobody's."""
    for tie in state.about(_INTERFACE, "portId", one.id):
        return str(tie.said("routerId")), "network:router_interface"
    for server in state.of(_INSTANCE):
        if any(it.get("port") == one.id for it in server.said("networks", [])):
            return server.id, "compute"
    return str(one.said("deviceId")), str(one.said("deviceOwner"))


def interface(one: Resource, state: State) -> Declared:
    """A router's interface, with what its port declares when that is a resource too."""
    own = next((it for it in state.of("networking/port:Port") if it.id == one.chosen("portId")), None)
    declared = port(own, state).fields if own else {}
    subnets = [it["subnetId"] for it in own.said("fixedIps", [])] if own else [one.chosen("subnetId")]
    fields = {
        "router_id": one.said("routerId"),
        "subnets": ordered(subnets),
        "admin_state_up": declared.get("admin_state_up", True),
        "security_groups": declared.get("security_groups", []),
        "allowed_address_pairs": declared.get("allowed_address_pairs", []),
    }
    # Its id is its port's.
    return Declared("router interface", one.id, one.name, fields, one.urn, one.stack)
