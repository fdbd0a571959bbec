"""Cases of the policies on secrets, sovereignty, identity, compute, logs and operations."""

from __future__ import annotations

import base64

import pulumi
import pulumi_openstack as o

from tests.policies.cases.kit import ED25519, REGION, Case, case

CANARY = "seeded-canary-5d1f"


def server(c: Case, **over: object) -> None:
    """A server on a network of its own."""
    c.server(c.port(c.network(), groups=[c.group()]), **over)


WITH_PASSWORD = f"#cloud-config\npassword: {CANARY}\n"
case("SEC-01", "fail")(lambda c: server(c, user_data=WITH_PASSWORD))
case("SEC-01", "fail-in-base64")(
    lambda c: server(c, user_data=base64.b64encode(WITH_PASSWORD.encode()).decode())
)
case("SEC-01", "fail-marked")(lambda c: server(c, user_data=pulumi.Output.secret(f"one {CANARY}")))
case("SEC-01", "fail-by-name")(
    lambda c: server(c, metadata={"db_password": CANARY, "socle_roles": "collector,time"})
)
case("SEC-01", "near-words")(
    lambda c: server(c, user_data="#cloud-config\nssh_pwauth: false\nlock_passwd: true\n")
)
case("SEC-01", "unknown")(lambda c: server(c, user_data=c.unknown()))
case("SEC-02", "fail")(lambda c: server(c, admin_pass=CANARY))
case("SEC-03", "fail")(lambda c: c.network(description=f"password={CANARY}"))
case("SEC-03", "near")(lambda c: c.network(description="where no password is asked for"))


def output(c: Case, key: str, value: object) -> None:
    """An output of the stack."""
    pulumi.export(f"{c.name}/{key}", value)


case("SEC-04", "fail")(lambda c: output(c, "database_password", CANARY))
case("SEC-04", "near-marked")(lambda c: output(c, "database_password", pulumi.Output.secret(CANARY)))
case("SEC-04", "near-plain")(lambda c: output(c, "address", "10.1.0.5"))


def site(c: Case, psk: object) -> None:
    """A VPN connection."""
    c.make(o.vpnaas.SiteConnection, "site", name="site", psk=psk, ikepolicy_id="i", ipsecpolicy_id="p",
           vpnservice_id="v",
           peer_id="198.51.100.7", peer_address="198.51.100.7")  # fmt: skip


case("SEC-05", "fail")(lambda c: site(c, CANARY))
case("SEC-05", "near-marked")(lambda c: site(c, pulumi.Output.secret(CANARY)))


def credential(c: Case, name: str = "cred", **over: object) -> object:
    """An application credential that breaks nothing."""
    rules = [{"path": "/v3/x", "method": "GET", "service": "identity"}]
    said = {"name": name, "expires_at": "2027-01-31T00:00:00Z", "access_rules": rules, **over}
    return c.make(o.identity.ApplicationCredential, name, **said)


case("SEC-06", "fail", [], ["SEC-01"])(
    lambda c: server(c, user_data=credential(c).secret.apply(lambda it: f"s={it}"))
)  # type: ignore[attr-defined]
case("SEC-06", "near", [], ["SEC-01"])(
    lambda c: server(c, user_data=c.unknown().apply(lambda it: f"group {it}"))
)


def provider(c: Case, **said: object) -> o.Provider:
    """A provider of the case's own."""
    return o.Provider(
        f"{c.name}/provider", **{"region": REGION, "auth_url": "https://identity.example/v3", **said}
    )


case("SOV-01", "fail", ["SOV-08"])(lambda c: provider(c, region="elsewhere"))
case("SOV-01", "fail-unsaid")(lambda c: provider(c, region=None))
case("SOV-01", "pass")(provider)
case("SOV-01", "unknown", [], ["SOV-08"])(lambda c: provider(c, region=c.unknown()))
case("SOV-02", "fail")(lambda c: provider(c, insecure=True))
case("SOV-02", "fail-clear")(lambda c: provider(c, auth_url="http://identity.example/v3"))
case("SOV-02", "fail-elsewhere")(
    lambda c: provider(c, endpoint_overrides={"compute": "https://other.example"})
)
case("SOV-02", "unknown")(lambda c: provider(c, auth_url=c.unknown()))
case("SOV-03", "fail")(lambda c: o.compute.ServerGroup(f"{c.name}/group", name="g", policies="anti-affinity"))
case("SOV-04", "fail")(lambda c: c.container(region="elsewhere"))
case("SOV-04", "near-the-same")(lambda c: c.container(region=REGION))
case("SOV-04", "unknown")(lambda c: c.container(region=c.unknown()))
case("SOV-05", "fail")(
    lambda c: c.container(container_sync_to="//realm/cloud/acc/c", container_sync_key="k" * 9)
)
case("SOV-06", "fail")(lambda c: c.make(o.networking.AddressScope, "scope", name="s", ip_version=4))
case("SOV-07", "fail", ["CMP-02"])(
    lambda c: c.make(
        o.images.Image,
        "image",
        name="i",
        container_format="bare",
        disk_format="raw",
        image_source_url="https://downloads.example/i",
    )
)
IMAGE = {"name": "i", "container_format": "bare", "disk_format": "raw", "local_file_path": "/dev/null"}
KEPT = {"visibility": "private", "protected": True, "verify_checksum": True}
case("SOV-07", "unknown")(
    lambda c: c.make(
        o.images.Image, "image", **{**IMAGE, **KEPT, "local_file_path": None}, image_source_url=c.unknown()
    )
)

case("IAM-01", "fail-unrestricted")(lambda c: credential(c, unrestricted=True))
case("IAM-01", "fail-for-ever")(lambda c: credential(c, expires_at=None))
case("IAM-01", "fail-long")(lambda c: credential(c, expires_at="2027-06-30T00:00:00Z"))
case("IAM-01", "fail-everything")(lambda c: credential(c, access_rules=None))
case("IAM-01", "near")(credential)
case("IAM-01", "unknown")(lambda c: credential(c, expires_at=c.unknown()))
case("IAM-03", "fail")(lambda c: c.user(ignore_lockout_failure_attempts=True))
case("IAM-03", "near")(lambda c: c.user(ignore_change_password_upon_first_use=True))
case("IAM-03", "unknown")(lambda c: c.user(ignore_password_expiry=c.unknown().apply(lambda it: it != "")))


def roles(c: Case, *names: str, projects: int = 1) -> None:
    """One user with roles in one project or in as many."""
    user = c.user()
    held = [c.project(f"p{number}") for number in range(projects)]
    for number, name in enumerate(names):
        role = c.make(o.identity.Role, name, name=name)
        c.assign(user, held[number % projects], f"a{number}", role.id)


case("IAM-04", "fail")(lambda c: roles(c, "exporter", "approver"))
case("IAM-04", "near-apart")(lambda c: roles(c, "exporter", "approver", projects=2))
case("IAM-04", "near-others")(lambda c: roles(c, "exporter", "reader"))
case("IAM-04", "unknown", [], ["IAM-02"])(lambda c: c.assign(c.user(), c.project(), role=c.unknown()))


def across(c: Case, *of_spaces: str) -> None:
    """One user with a role in the projects of these spaces."""
    user = c.user()
    for number, space in enumerate(of_spaces):
        c.assign(user, c.project(f"p{number}", space), f"a{number}")


case("IAM-05", "fail")(lambda c: across(c, "alpha", "beta"))
case("IAM-05", "near-a-base")(lambda c: across(c, "alpha", ""))
case("IAM-06", "fail")(lambda c: c.make(o.identity.Ec2CredentialV3, "ec2"))
case("IAM-07", "fail")(
    lambda c: c.make(o.identity.RoleAssignment, "a", user_id=c.user().id, domain_id="domain", role_id="r")
)

case("CMP-01", "fail")(lambda c: server(c, image_id=None, image_name="debian"))
case("CMP-02", "fail-public")(
    lambda c: c.make(o.images.Image, "image", **{**IMAGE, **KEPT, "visibility": "public"})
)
case("CMP-02", "fail-unprotected")(
    lambda c: c.make(o.images.Image, "image", **{**IMAGE, **KEPT, "protected": None})
)
case("CMP-02", "pass")(lambda c: c.make(o.images.Image, "image", **IMAGE, **KEPT))
case("CMP-02", "unknown")(
    lambda c: c.make(o.images.Image, "image", **{**IMAGE, **KEPT, "visibility": c.unknown()})
)
case("CMP-03", "fail")(lambda c: c.make(o.images.ImageAccess, "access", image_id="i", member_id="stranger"))
case("CMP-03", "near")(
    lambda c: c.make(o.images.ImageAccess, "access", image_id="i", member_id=c.project().id)
)
case("CMP-03", "unknown")(
    lambda c: c.make(o.images.ImageAccess, "access", image_id="i", member_id=c.unknown())
)
case("CMP-04", "fail-no-drive")(lambda c: server(c, config_drive=None))
case("CMP-04", "fail-no-port")(
    lambda c: c.server(None, networks=[{"uuid": c.network().id}], security_groups=[c.group().name])
)


def pair(
    c: Case, role: str = "resolver,collector,time", hints: bool = False, policy: str = "anti-affinity"
) -> None:
    """Two servers of one role in one availability zone."""
    net = c.network()
    group = c.make(o.compute.ServerGroup, "together", name="g", policies=policy)
    hint = [{"group": group.id}] if hints else None
    for number in (0, 1):
        c.host(
            f"h{number}",
            net,
            f"10.1.0.{5 + number}",
            role=role,
            availability_zone="one",
            scheduler_hints=hint,
        )


case("CMP-05", "fail")(pair)
case("CMP-05", "fail-together", ["CMP-08"])(lambda c: pair(c, hints=True, policy="affinity"))
case("CMP-05", "near-apart")(lambda c: pair(c, hints=True))
case("CMP-06", "fail")(lambda c: server(c, force_delete=True))
case("CMP-07", "fail")(lambda c: server(c, key_pair="somebodys-laptop"))
case("CMP-07", "unknown")(lambda c: server(c, key_pair=c.unknown()))
case("CMP-07", "near")(
    lambda c: server(c, key_pair=c.make(o.compute.Keypair, "key", name="key", public_key=ED25519).name)
)


def quiet(c: Case, *rules: dict[str, object]) -> None:
    """A collector that is also the clock, and a worker with these rules."""
    net = c.network()
    c.host("shared", net, "10.1.0.5")
    c.host("worker", net, "10.1.0.6", *rules, role="worker")


def out(port: int, protocol: str, to: object = "10.1.0.5/32") -> dict[str, object]:
    """A rule that lets it out."""
    return {"direction": "egress", "protocol": protocol, "port_range_min": port, "port_range_max": port,
            "remote_ip_prefix": to}  # fmt: skip


LOGS, TIME = out(6514, "tcp"), out(123, "udp")
case("LOG-01", "fail")(lambda c: quiet(c, TIME))
case("LOG-01", "fail-elsewhere")(lambda c: quiet(c, TIME, out(6514, "tcp", "10.1.0.77/32")))
case("LOG-01", "near")(lambda c: quiet(c, TIME, LOGS))
case("LOG-01", "unknown", [], ["NET-09"])(lambda c: quiet(c, TIME, out(6514, "tcp", c.unknown())))
case("LOG-04", "fail")(lambda c: quiet(c, LOGS))
case("LOG-04", "fail-over-tcp")(lambda c: quiet(c, LOGS, out(123, "tcp")))
case("LOG-04", "unknown", [], ["NET-09", "LOG-06"])(lambda c: quiet(c, LOGS, out(123, "udp", c.unknown())))

case("OPS-01", "fail")(lambda c: c.network(tags=["env=t"]))
case("OPS-01", "unknown", [], ["SEC-03"])(lambda c: c.network(tags=["env=t", c.unknown()]))
case("OPS-02", "fail")(
    lambda c: c.make(
        o.networking.SecGroupRule,
        "rule",
        {"ignore_changes": ["remoteIpPrefix"]},
        security_group_id=c.group().id,
        direction="ingress",
        ethertype="IPv4",
        protocol="tcp",
        port_range_min=443,
        port_range_max=443,
        remote_ip_prefix="10.0.0.0/8",
    )
)
case("OPS-02", "near")(
    lambda c: c.make(
        o.networking.Network,
        "n",
        {"ignore_changes": ["description"]},
        name="n",
        port_security_enabled=True,
        tags=c.tags(),
    )
)
case("OPS-03", "fail")(lambda c: c.port(c.data_net(), groups=[c.group()], tags=c.tags("services", "health")))
case("OPS-03", "near")(lambda c: c.port(c.data_net(), groups=[c.group()], tags=c.tags("data", "health")))


@case("OPS-03", "near-the-same")
def _(c: Case) -> None:
    tags = c.tags("services", "health")
    c.port(c.network("data", "10.3.0.0/24", tags), groups=[c.group()], tags=tags)


@case("SOV-04", "near-a-provider-there", ["SOV-01", "SOV-08"])
def _(c: Case) -> None:
    there = provider(c, region="elsewhere")
    c.container("container", {"provider": there}, region="elsewhere")


@case("CMP-07", "near-declared")
def _(c: Case) -> None:
    c.make(o.compute.Keypair, "key", name="somebodys-laptop", public_key=ED25519)
    server(c, key_pair="somebodys-laptop")
