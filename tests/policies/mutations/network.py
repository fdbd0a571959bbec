"""Mutations that network policies must see."""

from __future__ import annotations

from tests.policies.mutations.kit import Edit, Ref, U, fail, kind, less, more, near, rule, says, to, unknown

ANYWHERE = "0.0.0.0/0"
PARTNER = "203.0.114.0/24"
OFF = {"portSecurityEnabled": False}


def door(port: str) -> tuple[Edit, ...]:
    """A floating IP of the public pool on another port."""
    return (
        more("fip", "door", address="192.0.2.7"),
        more("fip-tie", "door-tie", floatingIp="192.0.2.7", portId=Ref(port)),
    )


fail("NET-01", *door("w0-port"), rule("w0", 443, remoteIpPrefix=PARTNER), also="NET-13")
fail("NET-01", *door("db-port"), rule("db", 5432, remoteIpPrefix=PARTNER), also="NET-13")
near("NET-01", *door("w1-port"), rule("w1", 443, remoteIpPrefix=PARTNER), also="NET-13")
unknown("NET-01", *door("w0-port"), rule("w0", 443, remoteIpPrefix=U), also="NET-13", open_="NET-06 NET-07")
OUTWARD = {"direction": "egress", "remoteIpPrefix": PARTNER}
fail("NET-02", to("core", externalNetworkId="public-id"), rule("db", 443, **OUTWARD), also="NET-15")
fail("NET-02", to("data", external=True), rule("db", 443, **OUTWARD), also="NET-11")
near("NET-02", rule("db", 443, **OUTWARD))
unknown("NET-02", to("core", externalNetworkId=U), rule("db", 443, **OUTWARD), open_="NET-15")
ACROSS = rule("desk-beta", 8080, remoteIpPrefix="10.5.0.0/24")
LEAVES = rule("desk-alpha", 8080, direction="egress", remoteIpPrefix="10.5.0.0/16")
fail("NET-03", LEAVES, ACROSS)
fail("NET-03", LEAVES, rule("desk-beta", 8080, remoteIpPrefix=None, remoteGroupId=Ref("desk-alpha-group")))
near("NET-03", LEAVES, rule("desk-beta", 8443, remoteIpPrefix="10.5.0.0/24"))
unknown("NET-03", LEAVES, rule("desk-beta", 8080, remoteIpPrefix=U), open_="NET-06 NET-07")
fail("NET-04", rule("db", 22, remoteIpPrefix="10.1.0.0/24"))
fail("NET-04", rule("w1", 3389, remoteIpPrefix=None, remoteGroupId=Ref("w0-group")))
near("NET-04", rule("db", 22, remoteIpPrefix="10.2.0.2/32"))
unknown("NET-04", rule("db", 22, remoteIpPrefix=U), open_="NET-06 NET-07")
TO_SSH = rule("w0", 22, direction="egress", remoteIpPrefix="10.0.0.0/8")
fail("NET-05", TO_SSH, to("w1-port", **OFF), also="NET-10")
fail("NET-05", TO_SSH, rule("bastion", 22, remoteIpPrefix="10.1.0.6/32"))
near("NET-05", TO_SSH)
unknown("NET-05", TO_SSH, rule("bastion", 22, remoteIpPrefix=U), open_="NET-06 NET-07 NET-28")
fail("NET-06", rule("w0", 443, remoteIpPrefix=None), also="NET-07")
fail("NET-06", rule("db", 443, remoteIpPrefix="::/1", ethertype="IPv6"), also="NET-07")
near("NET-06", rule("w0", 443, remoteIpPrefix=PARTNER))
unknown("NET-06", rule("w0", 443, direction=U), open_="NET-09")
fail(
    "NET-07", rule("w0", 443, remoteIpPrefix="198.52.0.0/20"), rule("w0", 444, remoteIpPrefix="203.1.0.0/20")
)
fail("NET-07", rule("w1", 443, remoteIpPrefix="128.0.0.0/1"), also="NET-06")
near("NET-07", rule("w0", 443, remoteIpPrefix="198.52.0.0/20"))
unknown("NET-07", rule("w0", 443, remoteIpPrefix=U), open_="NET-06")
fail("NET-08", to("w0-group", deleteDefaultRules=None), also="LOG-05 LOG-06")
fail("NET-08", to("db-group", deleteDefaultRules=False), also="LOG-05 LOG-06")
near("NET-08", to("w0-group", description="keeps nothing"))
unknown("NET-08", to("shared-group", deleteDefaultRules=U))
OPEN = {"direction": "egress", "remoteIpPrefix": ANYWHERE}
fail("NET-09", rule("shared", None, **OPEN, protocol=None))
fail("NET-09", rule("shared", None, **OPEN))
near("NET-09", rule("shared", 443, **OPEN))
unknown("NET-09", rule("shared", U, **OPEN))
fail("NET-10", to("w1-port", **OFF))
fail("NET-10", to("shared-port", noSecurityGroups=True))
near("NET-10", to("w1-port", allowedAddressPairs=[{"ipAddress": "10.1.0.99"}]))
unknown("NET-10", to("w1-port", allowedAddressPairs=[{"ipAddress": U}]))
fail("NET-11", to("services", shared=True))
fail("NET-11", to("data", **OFF))
near("NET-11", to("services", shared=False, external=False))
unknown("NET-11", to("services", shared=U))
fail("NET-12", to("rbac", targetTenant="*"))
fail("NET-12", to("rbac", targetTenant="*", objectType="security_group"))
near("NET-12", to("rbac", targetTenant=Ref("project-alpha")))
unknown("NET-12", to("rbac", targetTenant=U))
fail("NET-13", *door("w0-port"))
fail("NET-13", more("fip", "door", portId=Ref("desk-alpha-port")))
near("NET-13", more("fip", "door", portId=Ref("bastion-port")))
unknown("NET-13", *door("w0-port"), to("fip", pool=U))
FORWARD = "openstack:networking/portForwardingV2:PortForwardingV2"
TIED = {"floatingipId": Ref("door"), "externalPort": 443, "internalPort": 443}
fail("NET-14", kind("forward", "door", FORWARD, **TIED, internalPortId=Ref("w1-port")), also="NET-13")
fail("NET-14", kind("forward", "door", FORWARD, **TIED, internalPortId=Ref("bastion-port")))
fail("NET-15", to("core", externalNetworkId="public-id"))
fail("NET-15", more("edge-data", "edge-0", subnetId=Ref("data-subnet")))
near("NET-15", to("core", externalNetworkId=Ref("services")))
unknown("NET-15", to("core", externalNetworkId=U))
TWO = [{"port": Ref("w1-port")}, {"port": Ref("second")}]
SECOND = more("second", "db-port")
fail("NET-16", SECOND, to("w1", networks=TWO))
fail("NET-16", to("w1", networks=[{"port": Ref("w1-port")}, {"uuid": Ref("admin")}]), also="CMP-04 NET-29")
near("NET-16", more("second", "w1-port"), to("w1", networks=TWO))
unknown("NET-16", SECOND, to("second", networkId=U), to("w1", networks=TWO))
fail("NET-18", more("odd", "services-subnet", cidr="10.3.0.128/25"))
fail("NET-18", to("services-subnet", cidr="203.0.114.0/24"))
near("NET-18", more("odd", "services-subnet", cidr="10.3.1.0/24"))
unknown("NET-18", to("services-subnet", cidr=U))
fail("NET-19", to("ike", pfs=None))
fail("NET-19", to("ipsec", authAlgorithm="sha1"))
near("NET-19", to("ike", pfs="group19"))
unknown("NET-19", to("ipsec", encryptionAlgorithm=U))
fail("NET-20", to("trunk", portId=Ref("db-port")))
MIRROR = "openstack:index/taasTapMirrorV2:TaasTapMirrorV2"
fail("NET-20", kind("mirror", "trunk", MIRROR, portId=Ref("desk-alpha-port")))
near("NET-20", to("trunk", portId=Ref("w1-port")))
unknown("NET-20", to("trunk", portId=U))
fail("NET-21", rule("w0", 443, securityGroupId="of-another-stack"))
fail("NET-21", to("db-in", securityGroupId="of-another-stack"))
near("NET-21", rule("w0", 443, securityGroupId="of-another-stack"), more("of-another-stack", "w1-group"))
near("NET-21", rule("w0", 443, securityGroupId=Ref("w1-group")))
unknown("NET-21", rule("w0", 443, securityGroupId=U))
fail("NET-22", to("db-in", remoteGroupId="of-another-stack"))
fail("NET-22", rule("w0", 443, remoteIpPrefix=None, remoteGroupId="everybody"))
near("NET-22", to("db-in", remoteGroupId="of-another-stack"), more("of-another-stack", "w1-group"))
near("NET-22", to("db-in", remoteGroupId=Ref("w1-group")))
unknown("NET-22", to("db-in", remoteGroupId=U))
fail("NET-23", less("door-tie"))
fail("NET-23", more("fip", "door"))
near("NET-23", less("door-tie"), to("door", portId=Ref("bastion-port")))
unknown("NET-23", to("door-tie", floatingIp=U))
fail("NET-25", to("record", records=["10.3.0.5"]))
fail("NET-25", to("record", records=["192.0.2.1", "10.5.1.5"]))
near("NET-25", to("record", records=["10.3.0.50"]))
unknown("NET-25", to("record", records=["10.1.0.6", U]))
fail("NET-28", rule("bastion", 8443, remoteIpPrefix=PARTNER))
fail("NET-28", rule("bastion", None, remoteIpPrefix=PARTNER))
near("NET-28", rule("bastion", 8443, remoteIpPrefix="10.200.0.0/16"))
unknown("NET-28", rule("bastion", U, remoteIpPrefix=PARTNER))
fail("NET-29", to("w1-port", networkId=Ref("admin")), also="OPS-03")
fail("NET-29", says("admin", zone="services"), to("bastion-port", networkId=Ref("services")), also="OPS-03")
BOTH = [{"port": Ref("bastion-port")}, {"port": Ref("second")}]
near("NET-29", more("second", "bastion-port"), to("bastion", networks=BOTH))
unknown("NET-29", to("bastion-port", networkId=U))
