"""What fills an empty cloud: databases, accounts, catalogue, flavors, networks, volume types.

Every call may run again after it was killed half-way.
"""

from localcloud import client, walls
from localcloud.errors import CloudError
from localcloud.model import Cloud
from localcloud.runner import Runner
from localcloud.steps import Service

FLAVORS = (
    {"name": "s1.small", "vcpus": 1, "ram": 1024, "disk": 6},
    {"name": "s1.medium", "vcpus": 2, "ram": 2048, "disk": 8},
)


def databases(runner: Runner) -> None:
    """One database user a service; the statements go in on standard input, since arguments are public."""
    cloud = runner.cloud
    lines = []
    for service in services(runner):
        password = cloud.secrets.get(f"db_{service.name}", "")
        if service.databases:
            lines.append(
                f"CREATE USER IF NOT EXISTS '{service.name}'@'localhost' IDENTIFIED BY '{password}';"
            )
        for name in service.databases:
            lines.append(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb3;")
            lines.append(f"GRANT ALL ON {name}.* TO '{service.name}'@'localhost';")
    walls.run("mariadb", "--no-defaults", f"--socket={cloud.sock}/mysql.sock", stdin="\n".join(lines))


def services(runner: Runner) -> list[Service]:
    """The services of this run."""
    known: list[Service] = runner.values["services"]
    return known


def accounts(runner: Runner) -> None:
    """Service users, their roles, and the catalogue: TLS addresses for people, internal ones for services."""
    cloud, api = runner.cloud, client.connect(client.admin(runner.cloud)).identity
    roles = {role.name: role for role in api.roles()}
    project = api.find_project("service") or api.create_project(name="service", domain_id="default")
    users = {user.name: user for user in api.users(domain_id="default")}
    known = {(entry.type, entry.name): entry for entry in api.services()}
    published = {(entry.service_id, entry.interface) for entry in api.endpoints()}
    for service in services(runner):
        if service.account:
            user = users.get(service.name) or api.create_user(
                name=service.name, password=cloud.secrets[f"os_{service.name}"], domain_id="default"
            )
            for role in ("admin", "service"):
                api.assign_project_role_to_user(project, user, roles[role])
        for entry in service.catalog:
            registered = known.get((entry["type"], entry["name"])) or api.create_service(
                type=entry["type"], name=entry["name"]
            )
            inner, outer = "http://127.0.0.1", f"https://{cloud.public_address}"
            for interface, base in (("public", outer), ("internal", inner), ("admin", inner)):
                if (registered.id, interface) not in published:
                    api.create_endpoint(
                        service_id=registered.id,
                        interface=interface,
                        region_id="RegionOne",
                        url=f"{base}:{entry['port']}{entry['path']}",
                    )


def flavors(runner: Runner) -> None:
    """Sizes of servers (MiB of memory, GiB of disk)."""
    api = client.connect(client.admin(runner.cloud)).compute
    known = {flavor.name for flavor in api.flavors()}
    for flavor in FLAVORS:
        if flavor["name"] not in known:
            api.create_flavor(**flavor)


def external_network(runner: Runner) -> None:
    """The network `public`, where routers have their gateways and floating IPs come from."""
    cloud, api = runner.cloud, client.connect(client.admin(runner.cloud)).network
    network = api.find_network("public") or api.create_network(
        name="public",
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network="public",
    )
    if not list(api.subnets(network_id=network.id)):
        base = cloud.external_cidr.removesuffix("0/24")
        api.create_subnet(
            name="public",
            network_id=network.id,
            ip_version=4,
            cidr=cloud.external_cidr,
            gateway_ip=cloud.external_gateway,
            is_dhcp_enabled=False,
            allocation_pools=[{"start": f"{base}50", "end": f"{base}250"}],
        )


def volume_types(runner: Runner) -> None:
    """`standard`, and `luks` with keys from barbican; only an operator can make encrypted types."""
    api = client.connect(client.admin(runner.cloud)).block_storage
    known = {kind.name: kind for kind in api.types()}
    for name in ("standard", "luks"):
        if name not in known:
            known[name] = api.create_type(name=name, extra_specs={"volume_backend_name": "nfs1"})
    if not api.get_type_encryption(known["luks"]).encryption_id:
        api.create_type_encryption(
            known["luks"],
            provider="luks",
            cipher="aes-xts-plain64",
            key_size=256,
            control_location="front-end",
        )


def customer(runner: Runner) -> None:
    """The customer's domain and manager, made by the operator; its project and user, made by the manager."""
    cloud = runner.cloud
    operator = client.connect(client.admin(cloud))
    api = operator.identity
    domain = api.find_domain(client.DOMAIN) or api.create_domain(name=client.DOMAIN)
    person = api.find_user(client.MANAGER, domain_id=domain.id) or api.create_user(
        name=client.MANAGER, password=cloud.secrets["manager"], domain_id=domain.id
    )
    api.assign_domain_role_to_user(domain, person, api.find_role("manager"))

    api = client.connect(client.manager(cloud)).identity
    project = api.find_project(client.PLATFORM_PROJECT, domain_id=domain.id) or api.create_project(
        name=client.PLATFORM_PROJECT, domain_id=domain.id
    )
    user = api.find_user(client.PLATFORM_USER, domain_id=domain.id) or api.create_user(
        name=client.PLATFORM_USER, password=cloud.secrets["platform"], domain_id=domain.id
    )
    member = next(role for role in api.roles() if role.name == "member")
    api.assign_project_role_to_user(project, user, member)
    # The call above answers the same whether or not it did anything.
    if not list(api.role_assignments(user_id=user.id, scope_project_id=project.id)):
        raise CloudError("keystone did not grant `member` on the platform's project")

    operator.set_compute_quotas(project.id, instances=20, cores=40, ram=65536)
    operator.set_volume_quotas(
        project.id, volumes=50, gigabytes=500, snapshots=50, backups=50, backup_gigabytes=500
    )
    operator.set_network_quotas(project.id, security_groups=200, security_group_rules=2000, ports=500)
    _application_credential(cloud)


def _application_credential(cloud: Cloud) -> None:
    """Only its own user can make it; the secret is shown once, so a lost one is replaced."""
    connection = client.connect(client.platform_user(cloud))
    api, user = connection.identity, connection.current_user_id
    for old in api.application_credentials(user):
        api.delete_application_credential(user, old)
    made = api.create_application_credential(
        user, "socle", description="used by pulumi, ansible and openstacksdk"
    )
    cloud.secrets.update(credential_id=made.id, credential_secret=made.secret)
    cloud.complete_secrets([])
