"""Cases of the policies on what stands at entrances, and on what several resources do together."""

from __future__ import annotations

from typing import Any

import pulumi_openstack as o

from tests.policies.cases.kit import Case, case, ingress
from tests.policies.cases.rest import IMAGE, KEPT, LOGS, TIME, out, provider

DOOR = "load-balancer,collector,time"
PARTNER = "203.0.114.0/24"

case("NET-23", "fail")(lambda c: c.make(o.networking.FloatingIp, "fip", pool="public", tags=c.tags()))
case("NET-23", "near", ["NET-13"])(lambda c: c.floating(c.host("one", c.network(), "10.1.0.5").port))


def named(c: Case, net: Any, records: Any) -> None:
    """A record beside a host."""
    c.host("one", net, "10.1.0.5")
    c.make(o.dns.RecordSet, "record", zone_id="zone", name="one.example.", type="A", records=records)


case("NET-25", "fail")(lambda c: named(c, c.data_net(cidr="10.1.0.0/24"), ["10.1.0.5"]))
case("NET-25", "near-not-sensitive")(lambda c: named(c, c.network(), ["10.1.0.5"]))
case("NET-25", "near-another-address")(lambda c: named(c, c.data_net(cidr="10.1.0.0/24"), ["10.1.0.6"]))
case("NET-25", "unknown")(
    lambda c: named(c, c.data_net(cidr="10.1.0.0/24"), c.unknown().apply(lambda it: [it]))
)
case("NET-28", "fail")(lambda c: c.host("door", c.network(), "10.1.0.5", ingress(8443, PARTNER), role=DOOR))
case("NET-28", "near-its-port")(
    lambda c: c.host("door", c.network(), "10.1.0.5", ingress(443, PARTNER), role=DOOR)
)
case("NET-28", "near-no-entrance")(lambda c: c.host("one", c.network(), "10.1.0.5", ingress(8443, PARTNER)))
case("NET-28", "unknown", [], ["NET-06", "NET-07"])(
    lambda c: c.host("door", c.network(), "10.1.0.5", ingress(443, c.unknown()), role=DOOR)
)


def beside(c: Case, shared: bool) -> None:
    """A bastion and a worker, on one network or two."""
    admin = c.network("admin")
    c.host("bastion", admin, "10.1.0.2", role="bastion,collector,time")
    c.host(
        "one", admin if shared else c.network("other", "10.2.0.0/24"), "10.1.0.5" if shared else "10.2.0.5"
    )


case("NET-29", "fail")(lambda c: beside(c, True))
case("NET-29", "near")(lambda c: beside(c, False))


def grouped(c: Case, policy: Any, count: int) -> None:
    """Servers in a group."""
    group, net = c.make(o.compute.ServerGroup, "group", name="g", policies=policy), c.network()
    for number in range(count):
        c.host(f"h{number}", net, f"10.1.0.{5 + number}", scheduler_hints=[{"group": group.id}])


case("CMP-08", "fail")(lambda c: grouped(c, "affinity", 2))
case("CMP-08", "near-alone")(lambda c: grouped(c, "affinity", 1))
case("CMP-08", "near-apart")(lambda c: grouped(c, "anti-affinity", 2))


def booted(c: Case, visibility: str) -> None:
    """A server of an image of the stack."""
    image = c.make(o.images.Image, "image", **{**IMAGE, **KEPT, "visibility": visibility})
    c.host("one", c.network(), "10.1.0.5", image_id=image.id)


case("CMP-09", "fail", ["CMP-02"])(lambda c: booted(c, "community"))
case("CMP-09", "near")(lambda c: booted(c, "private"))


def held(c: Case, role: str, cls: str) -> None:
    """A volume on a host of a role."""
    metadata = {"class": cls, "owner": "team", "zone": "services"}
    c.attach(c.volume(metadata=metadata), c.host("one", c.network(), "10.1.0.5", role=role))


case("DAT-12", "fail")(lambda c: held(c, DOOR, "health"))
case("DAT-12", "near-behind")(lambda c: held(c, "collector,time", "health"))
case("DAT-12", "near-not-sensitive")(lambda c: held(c, DOOR, "technical"))


def asking(c: Case, *rules: dict[str, object]) -> None:
    """A host of all shared services, and a worker with these rules."""
    net = c.network()
    c.host("shared", net, "10.1.0.5", role="resolver,collector,time")
    c.host("worker", net, "10.1.0.6", LOGS, *rules, role="worker")


WIDE = "10.0.0.0/8"
case("LOG-05", "fail")(lambda c: asking(c, TIME, out(53, "udp", WIDE)))
case("LOG-05", "near")(lambda c: asking(c, TIME, out(53, "udp")))
case("LOG-05", "unknown", [], ["NET-09"])(lambda c: asking(c, TIME, out(53, "udp", c.unknown())))
case("LOG-06", "fail")(lambda c: asking(c, out(123, "udp", WIDE)))
case("LOG-06", "near")(lambda c: asking(c, TIME, out(53, "tcp")))
case("SOV-08", "fail", ["SOV-01"])(lambda c: provider(c, region="elsewhere"))
case("SOV-08", "near")(provider)
