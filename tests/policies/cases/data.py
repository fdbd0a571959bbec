"""Cases of the policies on data and cryptography."""

from __future__ import annotations

import pulumi_openstack as o

from tests.policies.cases.kit import ED25519, Case, case

HELD = {"class": "health", "owner": "team", "layer": "data", "env": "t"}
HEALTH = {"class": "health", "owner": "team", "zone": "data"}

case("DAT-01", "fail-anybody")(lambda c: c.container(container_read=".r:*,.rlistings"))
case("DAT-01", "fail-every-account")(lambda c: c.container(container_write="p:u, *:*"))
case("DAT-01", "near-one-project")(lambda c: c.container(container_read="project-id:*"))
case("DAT-01", "unknown", [], ["DAT-10"])(lambda c: c.container(container_read=c.unknown()))
case("DAT-02", "fail")(lambda c: c.container(versioning=None))
case("DAT-02", "unknown")(lambda c: c.container(versioning=c.unknown().apply(lambda it: it != "")))
case("DAT-03", "fail-not-protected")(lambda c: c.container("held", metadata=HELD))
case("DAT-03", "fail-emptied")(lambda c: c.container(force_destroy=True))
case("DAT-03", "near-protected")(lambda c: c.container("held", {"protect": True}, metadata=HELD))


def attached(c: Case, zone: str, role: str = "collector,time", **volume: object) -> None:
    """A volume of the zone services on a host of some zone."""
    net = c.network(tags=c.tags(zone, "health" if zone == "data" else "technical"))
    c.attach(c.volume(**volume), c.host("one", net, "10.1.0.5", role=role))


case("DAT-04", "fail")(lambda c: attached(c, "data"))
case("DAT-04", "near")(lambda c: attached(c, "services"))


@case("DAT-04", "unknown")
def _(c: Case) -> None:
    c.make(o.compute.VolumeAttach, "attach", instance_id="of-another-stack", volume_id=c.volume().id)


def copied(c: Case, env: str) -> None:
    """A volume made from another, of this or another environment."""
    source = c.volume("source", metadata={"class": "technical", "env": env})
    c.volume("copy", source_vol_id=source.id)


case("DAT-07", "fail")(lambda c: copied(c, "production"))
case("DAT-07", "near")(lambda c: copied(c, "t"))
case("DAT-07", "unknown")(lambda c: c.volume(source_vol_id="of-another-stack"))


def twice(c: Case, count: int) -> None:
    """One volume, or as many as there are servers."""
    net = c.network()
    volumes = [c.volume(f"v{number}") for number in range(count)]
    for number in (0, 1):
        server = c.host(f"h{number}", net, f"10.1.0.{5 + number}")
        c.attach(volumes[number % count], server, f"a{number}")


case("DAT-08", "fail")(lambda c: twice(c, 1))
case("DAT-08", "near")(lambda c: twice(c, 2))


def granted(c: Case, space: str) -> None:
    """A container of the space alpha that a project of some space may read."""
    project = c.project("reader", space)
    c.container(container_read=project.id.apply(lambda it: f"{it}:*"),
                metadata={"class": "health", "owner": "team", "space": "alpha"})  # fmt: skip


case("DAT-10", "fail", [], ["DAT-01"])(lambda c: granted(c, "beta"))
case("DAT-10", "near", [], ["DAT-01"])(lambda c: granted(c, "alpha"))
case("DAT-11", "fail")(lambda c: c.container(metadata=None))
case("DAT-11", "fail-nobodys")(lambda c: c.container(metadata={"class": "health"}))
case("DAT-11", "unknown", [], ["DAT-03", "DAT-05", "DAT-06", "LOG-02", "LOG-03", "SEC-03"])(
    lambda c: c.container(metadata=c.unknown().apply(lambda it: {"class": it}))
)

case("CRY-01", "fail")(lambda c: c.volume(volume_type=None))
case("CRY-01", "unknown")(lambda c: c.volume(volume_type=c.unknown()))


@case("CRY-02", "fail", ["CRY-01"])
def _(c: Case) -> None:
    attached(c, "data", volume_type="plain", metadata=HEALTH)


@case("CRY-02", "fail-boot")
def _(c: Case) -> None:
    device = {"source_type": "image", "uuid": "image", "destination_type": "volume", "volume_size": 5}
    c.server(c.port(c.data_net(), groups=[c.group()]), block_devices=[device], image_id=None)


@case("CRY-02", "near-not-sensitive", ["CRY-01"])
def _(c: Case) -> None:
    attached(c, "services", volume_type="plain")


case("CRY-02", "unknown", [], ["CRY-01"])(
    lambda c: attached(c, "data", volume_type=c.unknown(), metadata=HEALTH)
)


def listener(c: Case, **said: object) -> None:
    """A listener of a balancer of its own."""
    lb = c.make(o.loadbalancer.LoadBalancer, "lb", name="lb", vip_subnet_id=c.network().subnet.id)
    c.make(o.loadbalancer.Listener, "listener", name="l", loadbalancer_id=lb.id, protocol_port=443, **said)


TLS = {"protocol": "TERMINATED_HTTPS", "default_tls_container_ref": "https://keys.example/v1/containers/one"}
case("CRY-04", "fail")(lambda c: listener(c, protocol="HTTP"))
case("CRY-04", "near-passed-through")(lambda c: listener(c, protocol="HTTPS"))
case("CRY-05", "fail-old")(lambda c: listener(c, **TLS, tls_versions=["TLSv1.1", "TLSv1.2"]))
case("CRY-05", "fail-unsaid")(lambda c: listener(c, **TLS))
case("CRY-05", "near")(lambda c: listener(c, **TLS, tls_versions=["TLSv1.2", "TLSv1.3"]))
case("CRY-05", "unknown")(lambda c: listener(c, **TLS, tls_versions=[c.unknown()]))


def balanced(c: Case, cls: str, **pool: object) -> None:
    """A pool with one host behind it."""
    net = c.network(tags=c.tags("data", cls))
    c.host("one", net, "10.1.0.5")
    lb = c.make(o.loadbalancer.LoadBalancer, "lb", name="lb", vip_subnet_id=net.subnet.id)
    made = c.make(o.loadbalancer.Pool, "pool", lb_method="ROUND_ROBIN", loadbalancer_id=lb.id,
                  **{"protocol": "HTTP", **pool})  # fmt: skip
    c.make(o.loadbalancer.Member, "member", pool_id=made.id, address="10.1.0.5", protocol_port=443)


case("CRY-06", "fail")(lambda c: balanced(c, "health"))
case("CRY-06", "fail-for-anybody")(lambda c: balanced(c, "health", tls_enabled=True))
case("CRY-06", "near-not-sensitive")(lambda c: balanced(c, "technical"))
case("CRY-06", "near-pinned")(
    lambda c: balanced(c, "health", tls_enabled=True, ca_tls_container_ref="https://k/ca")
)
case("CRY-06", "unknown")(lambda c: balanced(c, "health", tls_enabled=c.unknown().apply(lambda it: it != "")))
case("CRY-08", "fail")(lambda c: c.make(o.compute.Keypair, "key", name="key"))
case("CRY-08", "fail-weak")(
    lambda c: c.make(
        o.compute.Keypair, "key", name="key", public_key="ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== old"
    )
)
case("CRY-08", "pass")(lambda c: c.make(o.compute.Keypair, "key", name="key", public_key=ED25519))
case("CRY-08", "unknown")(lambda c: c.make(o.compute.Keypair, "key", name="key", public_key=c.unknown()))


def keyed(c: Case, *spaces: str) -> None:
    """Servers of spaces with one key pair."""
    key = c.make(o.compute.Keypair, "key", name="key", public_key=ED25519)
    for number, space in enumerate(spaces):
        net = c.network(f"n{number}", f"10.{number}.0.0/24", c.tags("spaces", "health", space))
        c.host(f"h{number}", net, f"10.{number}.0.5", key_pair=key.name)


case("CRY-09", "fail")(lambda c: keyed(c, "alpha", "beta"))
case("CRY-09", "near")(lambda c: keyed(c, "alpha", "alpha"))


READ = {"read": {"project_access": False, "users": ["user-id"]}}


def secret(c: Case, **said: object) -> None:
    """A secret of the key manager that one user reads, without its value."""
    c.make(o.keymanager.SecretV1, "secret", **{"name": "one", "acl": READ, **said})


case("CRY-11", "fail")(secret)
case("CRY-11", "fail-far")(lambda c: secret(c, expiration="2030-01-01T00:00:00Z"))
case("CRY-11", "near")(lambda c: secret(c, expiration="2027-11-01T00:00:00Z"))
case("CRY-11", "unknown")(lambda c: secret(c, expiration=c.unknown()))
