"""What crosses the walls: the interfaces between host and cloud, and those between a cloud's zones."""

from localcloud import model, walls, zones
from localcloud.walls import enter, run
from localcloud.zones import Zone

BETWEEN = {
    "phy": "the tunnels in which guests of one network meet",
    "ext": "the external network, where a guest's floating IP answers from its own zone",
}
"""A pair of interfaces each; `<kind>` in the added zone is `<kind>-<zone>` in the first."""


def raise_zone(zone: Zone) -> None:
    """Make the zone's walls and what crosses them, unless they stand."""
    if walls.stand(zone):
        return
    walls.raise_walls(zone)
    if zone.is_first:
        _to_the_host(zone)
    else:
        _to_the_first(zone)
    walls.mark(zone)


def _to_the_host(zone: Zone) -> None:
    """The way in for people, and to packages and time for guests."""
    cloud = zone.cloud
    run(*enter(zone), "ip", "address", "add", f"{model.SERVICE_ADDRESS}/32", "dev", "lo")
    _set(zone, "ipv4/ip_forward", "1")
    run("ip", "link", "add", cloud.veth, "type", "veth", "peer", "name", "uplink", "netns", zone.netns)
    run("ip", "address", "add", f"{cloud.outer_address}/30", "dev", cloud.veth)
    run("ip", "link", "set", cloud.veth, "up")
    run("ip", "-n", zone.netns, "address", "add", f"{cloud.inner_address}/30", "dev", "uplink")
    run("ip", "-n", zone.netns, "link", "set", "uplink", "up")
    # Guests answer the host and never call it: the veth is the way in, not a way out.
    new = ("-i", "br-ex", "-o", "uplink", "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP")
    run(*enter(zone), "iptables", "-w", "-A", "FORWARD", *new)
    run("ip", "route", "add", cloud.external_cidr, "via", cloud.inner_address)


def _to_the_first(zone: Zone) -> None:
    """Pairs that only the two switches use: the kernel has no IPv4 address there and answers for none."""
    first = zones.first(zone.cloud)
    _set(zone, "ipv4/ip_forward", "0")
    for kind in BETWEEN:
        here, there = f"{kind}-{zone.name}", kind
        run("ip", "-n", first.netns, "link", "delete", here, check=False)
        pair = ("type", "veth", "peer", "name", there, "netns", zone.netns)
        run("ip", "-n", first.netns, "link", "add", here, *pair)
        for place, name in ((first, here), (zone, there)):
            # It sees the frames that the switch takes, too, and would answer for the bridge's address.
            _set(place, f"ipv4/conf/{name}/arp_ignore", "8")
            run("ip", "-n", place.netns, "link", "set", name, "up")
    # Guests reach the first zone's kernel: by way of the tunnels they could pass for another network's guest.
    rule = "FORWARD -o br-phy -j DROP"
    run(*enter(first), "sh", "-c", f"iptables -w -C {rule} 2>/dev/null || iptables -w -A {rule}")


def _set(zone: Zone, name: str, value: str) -> None:
    run(*enter(zone), "sh", "-c", f"echo {value} > /proc/sys/net/{name}")
