"""Servers for the test of two zones: one in each, on one network, with floating IPs and pinned host keys.

The platform is not needed for this, nor are its tools: openstacksdk and ssh.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import openstack

from localcloud.image.boot import USER, host_key

BOOT_SECONDS = 600.0
SSH = ("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=10", "-F", "none")


def connect(clouds: Path, entry: str) -> Any:
    """A connection by an entry of a clouds.yaml, and by nothing of the caller's environment."""
    config = openstack.config.OpenStackConfig(
        config_files=[str(clouds)], secure_files=[], vendor_files=[], load_envvars=False
    )
    connection: Any = openstack.connection.Connection(config=config.get_one(cloud=entry))
    connection.session.session.trust_env = False
    return connection


@dataclass(frozen=True)
class Server:
    """A server that runs: its identity, its address on its network, its floating IP, and how to log in."""

    id: str
    private: str
    public: str
    folder: Path

    def ssh(self, command: str, seconds: float = 120) -> str:
        """What a command prints there; fails with what it complained of."""
        keys = ("-i", str(self.folder / "key"), "-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}")
        argv = ["ssh", *SSH, *keys, f"{USER}@{self.public}", command]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr[-500:]}"
        return done.stdout

    def answers(self) -> bool:
        """Whether a log-in succeeds now."""
        try:
            return self.ssh("echo here", 30) == "here\n"
        except (AssertionError, subprocess.TimeoutExpired):
            return False

    def wait(self) -> float:
        """Seconds until a log-in succeeded."""
        began = time.monotonic()
        while not self.answers():
            assert time.monotonic() - began < BOOT_SECONDS, f"no log-in at {self.public}"
            time.sleep(2)
        return time.monotonic() - began


@dataclass(frozen=True)
class Site:
    """The project's one network with its way out, and the key that opens its servers."""

    clouds: Path
    folder: Path

    @cached_property
    def cloud(self) -> Any:
        """As the platform's user."""
        return connect(self.clouds, "platform")

    def prepare(self) -> None:
        """Network, router, key; the project's own security group lets its servers meet, and us log in."""
        network = self.cloud.network.create_network(name="zones")
        subnet = self.cloud.network.create_subnet(
            network_id=network.id, ip_version=4, cidr="10.77.0.0/24", name="zones"
        )
        public = self.cloud.network.find_network("public")
        router = self.cloud.network.create_router(
            name="zones", external_gateway_info={"network_id": public.id}
        )
        self.cloud.network.add_interface_to_router(router, subnet_id=subnet.id)
        group = self.cloud.network.find_security_group("default")
        for rule in ({"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}, {"protocol": "icmp"}):
            self.cloud.network.create_security_group_rule(
                security_group_id=group.id, direction="ingress", ether_type="IPv4", **rule
            )
        key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        self.cloud.compute.create_keypair(name="zones", public_key=key.with_suffix(".pub").read_text())

    def start(self, zone: str) -> Server:
        """A small server in a zone; returned once it is active and has its floating IP."""
        compute, network = self.cloud.compute, self.cloud.network
        made = compute.create_server(
            name=f"in-{zone}",
            image_id=self.cloud.image.find_image("socle-debian-13").id,
            flavor_id=compute.find_flavor("s1.small").id,
            networks=[{"uuid": network.find_network("zones").id}],
            key_name="zones",
            availability_zone=zone,
        )
        made = compute.wait_for_server(made, wait=300)
        port = next(iter(network.ports(device_id=made.id)))
        floating = network.create_ip(
            floating_network_id=network.find_network("public").id, port_id=port.id
        ).floating_ip_address
        return Server(made.id, port.fixed_ips[0]["ip_address"], floating, self.folder)

    def attach_encrypted(self, server: Server) -> None:
        """A volume of 1 GiB whose key the hypervisor gets from the key manager; vdb in the server."""
        storage = self.cloud.block_storage
        volume = storage.create_volume(name="zones", size=1, volume_type="luks")
        storage.wait_for_status(volume, status="available", failures=["error"], wait=120)
        self.cloud.compute.create_volume_attachment(server.id, volume_id=volume.id)
        storage.wait_for_status(volume, status="in-use", failures=["available", "error"], wait=120)

    def pin(self, server: Server) -> None:
        """Learn the host key from the console, which nobody but the cloud can write."""
        until = time.monotonic() + BOOT_SECONDS
        while not (key := host_key(self.console(server))):
            assert time.monotonic() < until, f"no host key on the console of {server.id}"
            time.sleep(3)
        with (self.folder / "known_hosts").open("a") as known:
            known.write(f"{server.public} {key}\n")

    def console(self, server: Server) -> str:
        """What the server printed."""
        return str(self.cloud.compute.get_server_console_output(server.id)["output"])
