"""Cases of the network policies."""

from __future__ import annotations

import pulumi_openstack as o

from tests.policies.cases.kit import Case, case, egress, ingress

WEB = ingress(443, "0.0.0.0/0")
BASTION = "bastion,collector,time"


def front(c: Case, role: str = "collector,time", **rule: object) -> None:
    """A host with a floating IP in front of a database whose group admits its group."""
    services, data = c.network(cidr="10.1.0.0/24"), c.data_net()
    web = c.host("web", services, "10.1.0.5", {**WEB, **rule}, egress(5432), role=role)
    db = c.host("db", data, "10.3.0.5")
    c.rule(db.group, "db-in", port_range_min=5432, port_range_max=5432, remote_group_id=web.group.id)
    c.router("core", services, data)
    c.router("edge", services, external_network_id="public-id")
    c.floating(web.port)


@case("NET-01", "fail-through-a-group", ["NET-06", "NET-07", "NET-13"])
def _(c: Case) -> None:
    front(c)


@case("NET-01", "fail-two-halves", ["NET-06", "NET-07", "NET-13"])
def _(c: Case) -> None:
    front(c, remote_ip_prefix="0.0.0.0/1")


@case("NET-01", "fail-ipv6", ["NET-06", "NET-07", "NET-13"])
def _(c: Case) -> None:
    front(c, remote_ip_prefix=None, ethertype="IPv6")


@case("NET-01", "fail-on-its-own-address", ["NET-13"])
def _(c: Case) -> None:
    data = c.data_net()
    db = c.host("db", data, "10.3.0.5", ingress(5432, "203.0.114.0/24"))
    c.floating(db.port)


@case("NET-01", "fail-behind-a-balancer", ["CRY-06"])
def _(c: Case) -> None:
    data = c.data_net()
    c.host("db", data, "10.3.0.5", ingress(443, "10.0.0.0/8"))
    lb = c.make(o.loadbalancer.LoadBalancer, "lb", name="lb", vip_subnet_id=data.subnet.id)
    pool = c.make(
        o.loadbalancer.Pool, "pool", protocol="HTTP", lb_method="ROUND_ROBIN", loadbalancer_id=lb.id
    )
    c.make(o.loadbalancer.Member, "member", pool_id=pool.id, address="10.3.0.5", protocol_port=443)
    fip = c.make(o.networking.FloatingIp, "fip", pool="public", tags=c.tags())
    c.make(o.networking.FloatingIpAssociate, "tie", floating_ip=fip.address, port_id=lb.vip_port_id)


@case("NET-01", "near-an-entrance", ["NET-06", "NET-07"])
def _(c: Case) -> None:
    front(c, "load-balancer,collector,time")


@case("NET-01", "near-only-inside")
def _(c: Case) -> None:
    services, data = c.network(), c.data_net()
    web = c.host("web", services, "10.1.0.5", ingress(443), egress(5432))
    db = c.host("db", data, "10.3.0.5")
    c.rule(db.group, "db-in", port_range_min=5432, port_range_max=5432, remote_group_id=web.group.id)
    c.router("core", services, data)


@case("NET-01", "near-another-port", ["NET-06", "NET-07", "NET-13"])
def _(c: Case) -> None:
    services, data = c.network(), c.data_net()
    web = c.host("web", services, "10.1.0.5", WEB, egress(8443))
    c.host("db", data, "10.3.0.5", ingress(5432))
    c.router("core", services, data)
    c.floating(web.port)


@case("NET-01", "unknown", ["NET-13"], ["NET-06", "NET-07"])
def _(c: Case) -> None:
    front(c, remote_ip_prefix=c.unknown())


@case("NET-02", "fail", ["NET-15"])
def _(c: Case) -> None:
    data = c.data_net()
    c.host("db", data, "10.3.0.5", egress(443, "0.0.0.0/0"))
    c.router("edge", data, external_network_id="public-id")


@case("NET-02", "fail-default-rules", ["NET-08", "NET-15"])
def _(c: Case) -> None:
    data = c.data_net()
    group = c.group("open", delete_default_rules=False)
    c.server(c.port(data, groups=[group], ip="10.3.0.5"))
    c.router("edge", data, external_network_id="public-id")


@case("NET-02", "near-no-gateway")
def _(c: Case) -> None:
    data = c.data_net()
    c.host("db", data, "10.3.0.5", egress(443, "0.0.0.0/0"))
    c.router("core", data)


@case("NET-02", "near-transit")
def _(c: Case) -> None:
    data, transit = c.data_net(), c.network("transit", "10.9.0.0/28")
    c.host("db", data, "10.3.0.5", egress(443, "0.0.0.0/0"))
    c.router("space", data, external_network_id=transit.id)


@case("NET-02", "unknown", [], ["NET-15"])
def _(c: Case) -> None:
    data = c.data_net()
    c.host("db", data, "10.3.0.5", egress(443, "0.0.0.0/0"))
    c.router("edge", data, external_network_id=c.unknown())


def spaces(c: Case, since: object = "10.0.0.0/8", joined: bool = True) -> None:
    alpha = c.network("alpha", "10.5.0.0/26", c.tags("spaces", "health", "alpha"))
    beta = c.network("beta", "10.5.0.64/26", c.tags("spaces", "health", "beta"))
    c.host("desk-a", alpha, "10.5.0.10", ingress(443, since))
    c.host("desk-b", beta, "10.5.0.70", egress(443))
    if joined:
        c.router("core", alpha, beta)
    else:
        c.router("core-a", alpha)
        c.router("core-b", beta)


@case("NET-03", "fail")
def _(c: Case) -> None:
    spaces(c)


@case("NET-03", "near-own-subnet")
def _(c: Case) -> None:
    spaces(c, "10.5.0.0/26")


@case("NET-03", "near-no-common-router")
def _(c: Case) -> None:
    spaces(c, joined=False)


@case("NET-03", "unknown", [], ["NET-06", "NET-07"])
def _(c: Case) -> None:
    spaces(c, c.unknown())


@case("NET-04", "fail")
def _(c: Case) -> None:
    c.host("one", c.network(), "10.1.0.5", ingress(22, "10.1.0.0/24"))


@case("NET-04", "fail-by-group")
def _(c: Case) -> None:
    net = c.network()
    other = c.host("other", net, "10.1.0.6")
    one = c.host("one", net, "10.1.0.5", role="worker,collector,time")
    c.rule(one.group, port_range_min=22, port_range_max=22, remote_group_id=other.group.id)


@case("NET-04", "fail-any-port")
def _(c: Case) -> None:
    rule = ingress(since="10.1.0.0/24", protocol=None, port_range_min=None, port_range_max=None)
    c.host("one", c.network(), "10.1.0.5", rule)


@case("NET-04", "near-the-bastion")
def _(c: Case) -> None:
    c.host(
        "bastion", c.network("admin", "10.2.0.0/24"), "10.2.0.2", ingress(22, "10.200.0.0/16"), role=BASTION
    )
    c.host("one", c.network(), "10.1.0.5", ingress(22, "10.2.0.2/32"))


@case("NET-04", "unknown", [], ["NET-06", "NET-07"])
def _(c: Case) -> None:
    c.host("one", c.network(), "10.1.0.5", ingress(22, c.unknown()))


for what, over in {
    "fail-nothing-said": {"remote_ip_prefix": None},
    "fail-null-protocol": {
        "protocol": None,
        "port_range_min": None,
        "port_range_max": None,
        "remote_ip_prefix": None,
    },
    "fail-half": {"remote_ip_prefix": "128.0.0.0/1"},
    "fail-ipv6": {"remote_ip_prefix": "::/0", "ethertype": "IPv6"},
    "fail-half-of-ipv6": {"remote_ip_prefix": "::/1", "ethertype": "IPv6"},
}.items():
    case("NET-06", what, ["NET-07"])(lambda c, over=over: c.rule(c.group(), **over))
case("NET-06", "near-a-partner")(lambda c: c.rule(c.group(), remote_ip_prefix="203.0.114.0/24"))
case("NET-06", "near-egress")(lambda c: c.rule(c.group(), direction="egress", remote_ip_prefix="0.0.0.0/0"))
case("NET-06", "near-private")(lambda c: c.rule(c.group(), remote_ip_prefix="10.0.0.0/8"))
case("NET-06", "unknown", [], ["NET-07"])(lambda c: c.rule(c.group(), remote_ip_prefix=c.unknown()))


@case("NET-07", "fail-many-small")
def _(c: Case) -> None:
    c.group("group", ingress(443, "203.1.0.0/20"), ingress(443, "198.52.0.0/20"))


case("NET-07", "fail-halves", ["NET-06"])(
    lambda c: c.group("group", ingress(443, "0.0.0.0/1"), ingress(443, "128.0.0.0/1"))
)
case("NET-07", "near-one-small")(lambda c: c.group("group", ingress(443, "203.0.114.0/24")))
case("NET-07", "unknown", [], ["NET-06"])(lambda c: c.group("group", ingress(443, c.unknown())))
case("NET-08", "fail")(lambda c: c.group(delete_default_rules=None))
case("NET-08", "unknown")(lambda c: c.group(delete_default_rules=c.unknown().apply(lambda it: it != "")))
case("NET-09", "fail")(
    lambda c: c.rule(c.group(), direction="egress", protocol=None, port_range_min=None, port_range_max=None)
)
case("NET-09", "fail-all-ports")(
    lambda c: c.rule(c.group(), direction="egress", port_range_min=None, port_range_max=None)
)
case("NET-09", "near-one-port")(lambda c: c.rule(c.group(), direction="egress"))
case("NET-09", "unknown")(lambda c: c.rule(c.group(), direction="egress", remote_ip_prefix=c.unknown()))


@case("NET-10", "fail-off")
def _(c: Case) -> None:
    c.port(c.network(), groups=[c.group()], port_security_enabled=False)


@case("NET-10", "near-a-routers-port")
def _(c: Case) -> None:
    net = c.network()
    port = c.port(net, port_security_enabled=False, no_security_groups=True, security_group_ids=None)
    c.make(o.networking.RouterInterface, "interface", router_id=c.router().id, port_id=port.id)


case("NET-10", "fail-as-if-a-routers")(
    lambda c: c.port(
        c.network(), port_security_enabled=False, no_security_groups=True, security_group_ids=None
    )
)
case("NET-10", "fail-no-group")(lambda c: c.port(c.network(), security_group_ids=None))
case("NET-10", "fail-wide-pair")(
    lambda c: c.port(c.network(), groups=[c.group()], allowed_address_pairs=[{"ip_address": "10.0.0.0/8"}])
)
case("NET-10", "near-narrow-pair")(
    lambda c: c.port(c.network(), groups=[c.group()], allowed_address_pairs=[{"ip_address": "10.1.0.9"}])
)
case("NET-10", "unknown")(lambda c: c.port(c.network(), groups=[c.group()], port_security_enabled=None))
case("NET-11", "fail-shared")(lambda c: c.network(shared=True))
case("NET-11", "fail-off")(lambda c: c.network(port_security_enabled=False))
case("NET-11", "unknown")(lambda c: c.network(port_security_enabled=None))
case("NET-11", "pass")(lambda c: c.network())


def shared(c: Case, target: object) -> None:
    net = c.network()
    c.make(o.networking.RbacPolicyV2, "rbac", action="access_as_external", object_type="network",
           object_id=net.id, target_tenant=target)  # fmt: skip


case("NET-12", "fail")(lambda c: shared(c, "*"))
case("NET-12", "near-a-project")(lambda c: shared(c, "project-id"))
case("NET-12", "unknown")(lambda c: shared(c, c.project().id))


@case("NET-13", "fail")
def _(c: Case) -> None:
    c.floating(c.host("one", c.network(), "10.1.0.5").port)


@case("NET-13", "near-the-bastion")
def _(c: Case) -> None:
    c.floating(c.host("one", c.network(), "10.1.0.5", role="bastion,collector,time").port)


@case("NET-13", "near-transit")
def _(c: Case) -> None:
    transit = c.network("transit", "10.9.0.0/28")
    c.floating(c.host("one", c.network(), "10.1.0.5").port, pool=transit.name)


@case("NET-13", "unknown")
def _(c: Case) -> None:
    c.floating(c.host("one", c.network(), "10.1.0.5").port, pool=c.unknown())


@case("NET-14", "fail", ["NET-13"])
def _(c: Case) -> None:
    port = c.host("one", c.network(), "10.1.0.5").port
    fip = c.make(o.networking.FloatingIp, "fip", pool="public", tags=c.tags())
    c.make(o.networking.PortForwardingV2, "forward", floatingip_id=fip.id, internal_port_id=port.id,
           internal_ip_address="10.1.0.5", internal_port=443, external_port=443, protocol="tcp")  # fmt: skip


case("NET-15", "fail")(lambda c: c.router("r", c.data_net(), external_network_id="public-id"))
case("NET-15", "near-not-sensitive")(lambda c: c.router("r", c.network(), external_network_id="public-id"))
case("NET-15", "unknown")(lambda c: c.router("r", c.data_net(), external_network_id=c.unknown()))


@case("NET-16", "fail")
def _(c: Case) -> None:
    one, two = c.port(c.network(), "p1", [c.group()]), c.port(c.data_net(), "p2", [c.made["group"]])
    c.server(one, networks=[{"port": one.id}, {"port": two.id}])


@case("NET-16", "near-two-of-one-zone")
def _(c: Case) -> None:
    one, two = (
        c.port(c.network(), "p1", [c.group()]),
        c.port(c.network("n2", "10.2.0.0/24"), "p2", [c.made["group"]]),
    )
    c.server(one, networks=[{"port": one.id}, {"port": two.id}])


case("NET-18", "fail")(lambda c: (c.network("a", "10.1.0.0/16"), c.network("b", "10.1.4.0/24")))
case("NET-18", "fail-public")(lambda c: c.network("a", "203.0.114.0/24"))
case("NET-18", "near-further")(lambda c: (c.network("a", "10.1.0.0/16"), c.network("b", "10.9.4.0/24")))
case("NET-18", "near-neighbours")(lambda c: (c.network("a", "10.1.0.0/24"), c.network("b", "10.1.1.0/24")))
case("NET-19", "fail")(lambda c: c.make(o.vpnaas.IkePolicy, "ike", name="ike"))
case("NET-19", "near")(
    lambda c: c.make(
        o.vpnaas.IkePolicy,
        "ike",
        name="ike",
        ike_version="v2",
        encryption_algorithm="aes-256",
        auth_algorithm="sha256",
        pfs="group14",
    )
)


def trunk(c: Case, net: object) -> None:
    c.make(o.networking.Trunk, "trunk", name="trunk", admin_state_up=True,
           port_id=c.host("one", net, "10.1.0.5").port.id)  # fmt: skip


case("NET-20", "fail")(lambda c: trunk(c, c.data_net(cidr="10.1.0.0/24")))
case("NET-20", "near")(lambda c: trunk(c, c.network()))
case("NET-20", "unknown")(
    lambda c: c.make(
        o.networking.Trunk, "trunk", name="trunk", admin_state_up=True, port_id="of-another-stack"
    )
)
case("NET-21", "fail-a-second-stack")(
    lambda c: c.rule(None, security_group_id="group-of-another-stack", remote_ip_prefix="10.0.0.0/8")
)
case("NET-21", "unknown")(
    lambda c: c.rule(None, security_group_id=c.unknown(), remote_ip_prefix="10.0.0.0/8")
)
case("NET-22", "fail")(lambda c: c.rule(c.group(), remote_group_id="group-of-another-stack"))
case("NET-22", "near")(lambda c: c.rule(c.group(), remote_group_id=c.group("other").id))
case("NET-22", "unknown")(lambda c: c.rule(c.group(), remote_group_id=c.unknown()))
