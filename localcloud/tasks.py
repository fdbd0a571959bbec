"""Calls that services/*.yaml names: readiness of what has no API, the saved state, and the last proof.

What fills the cloud is in localcloud.contents.
"""

import time
from datetime import UTC, datetime
from typing import Any

from localcloud import aggregates, client, contents, images, processes, template, zones
from localcloud.errors import CloudError
from localcloud.runner import Call, Runner

AGENTS_TIMEOUT = 180.0


def clouds_yaml(runner: Runner) -> None:
    """Write clouds.yaml."""
    client.write_clouds_yaml(runner.cloud)


def _fresh(entry: Any, since: float) -> bool:
    """Whether a service reported after this run began: an old report still counts as `up` for a minute."""
    if not entry.updated_at:
        return False
    stamp = datetime.fromisoformat(str(entry.updated_at)).replace(tzinfo=UTC)
    return entry.state == "up" and stamp.timestamp() >= since


def _missing_agents(runner: Runner, connection: Any) -> list[str]:
    zone = runner.zone
    since = runner.wall_clock if zones.named("nova-compute", zone.number) in runner.started else 0.0
    compute = {
        entry.binary
        for entry in connection.compute.services()
        if _fresh(entry, since) and (entry.binary != "nova-compute" or entry.host == zone.host)
    }
    volume = {entry.binary for entry in connection.block_storage.services() if entry.state == "up"}
    # The scheduler refuses volumes until the backend has told it of its pool, which no heartbeat says.
    pools = list(connection.block_storage.backend_pools()) if "cinder-scheduler" in volume else []
    network = {
        agent.agent_type
        for agent in connection.network.agents()
        if agent.is_alive and agent.host == zone.host
    }
    missing = {"nova-conductor", "nova-scheduler", "nova-compute"} - compute
    missing |= {"cinder-scheduler", "cinder-volume", "cinder-backup"} - volume
    missing |= set() if pools else {"cinder-volume"}
    missing |= {f"OVN Controller {'Gateway ' if zone.is_first else ''}agent"} - network
    # nova lists a hypervisor only once its host is mapped into the cell.
    mapped = {entry.service_details["host"] for entry in connection.compute.hypervisors(details=True)}
    return sorted(missing or (set() if zone.host in mapped else {"hypervisor mapping"}))


def agents(runner: Runner) -> None:
    """Wait until everything that works behind the APIs has reported, the zone's hypervisor with it."""
    connection = client.connect(client.admin(runner.cloud))
    deadline = time.monotonic() + AGENTS_TIMEOUT
    while missing := _missing_agents(runner, connection):
        for name in (zones.named(name, runner.zone.number) for name in missing):
            if name in runner.started and processes.alive(runner.cloud, name) is None:
                raise CloudError(
                    f"{name} died: {processes.last_words(runner.cloud, name)} "
                    f"(log: {processes.log_file(runner.cloud, name)})"
                )
        if time.monotonic() > deadline:
            words = "; ".join(
                f"{name}: {processes.last_words(runner.cloud, zones.named(name, runner.zone.number))}"
                for name in missing
            )
            raise CloudError(f"no report after {AGENTS_TIMEOUT:.0f} s from {words}")
        time.sleep(0.5)


def save_template(runner: Runner) -> None:
    """Keep the state for the next cloud; the database rests meanwhile so that its files agree."""
    database = next(step for step in runner.order if step.name == "mariadb")
    processes.stop(runner.cloud, [database.name], {database.name: database.grace})
    try:
        template.save(runner.cloud)
    finally:
        runner.start(database)


def image(runner: Runner) -> None:
    """The guest image, built when missing and uploaded when changed."""
    images.ensure(runner)


def proof(runner: Runner) -> None:
    """Six APIs answer the platform's application credential."""
    connection = client.connect(client.platform(runner.cloud))
    lists = {
        "servers": connection.compute.servers,
        "images": connection.image.images,
        "networks": connection.network.networks,
        "volumes": connection.block_storage.volumes,
        "containers": connection.object_store.containers,
        "secrets": connection.key_manager.secrets,
    }
    found = {name: len(list(call())) for name, call in lists.items()}
    runner.progress("the platform sees " + ", ".join(f"{count} {name}" for name, count in found.items()))


CALLS: dict[str, Call] = {
    "databases": contents.databases,
    "accounts": contents.accounts,
    "flavors": contents.flavors,
    "external_network": contents.external_network,
    "volume_types": contents.volume_types,
    "customer": contents.customer,
    "clouds_yaml": clouds_yaml,
    "agents": agents,
    "zone": aggregates.join,
    "template": save_template,
    "image": image,
    "proof": proof,
}
