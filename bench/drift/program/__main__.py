"""What is read: SOCLE_BENCH_RESOURCES resources in units, on a real cloud; no servers, slow to boot."""

import os

import pulumi
import pulumi_openstack as openstack

from bench.drift.facts import units

TYPE = "standard"
"""Of the embedded cloud: a file that takes what is written to it, which is nothing; no key for each."""
for unit in units(int(os.environ["SOCLE_BENCH_RESOURCES"])):
    about = f"read by bench.drift, unit {unit.number}"
    labels = {"owner": "bench", "unit": str(unit.number)}
    network = openstack.networking.Network(
        unit.name, name=unit.name, description=about, admin_state_up=True, port_security_enabled=True
    )
    subnet = openstack.networking.Subnet(
        unit.name,
        name=unit.name,
        network_id=network.id,
        cidr=f"{unit.block}.0/24",
        no_gateway=True,
        enable_dhcp=False,
    )
    group = openstack.networking.SecGroup(
        unit.name, name=unit.name, description=about, delete_default_rules=True
    )
    for port in unit.ports:
        openstack.networking.SecGroupRule(
            f"{unit.name}-{port}",
            security_group_id=group.id,
            direction="egress",
            ethertype="IPv4",
            protocol="tcp",
            port_range_min=port,
            port_range_max=port,
            remote_ip_prefix=f"{unit.block}.0/24",
        )
    openstack.networking.Port(
        unit.name,
        name=unit.name,
        network_id=network.id,
        admin_state_up=True,
        port_security_enabled=True,
        security_group_ids=[group.id],
        fixed_ips=[{"subnet_id": subnet.id, "ip_address": f"{unit.block}.5"}],
    )
    openstack.blockstorage.Volume(unit.name, name=unit.name, size=1, volume_type=TYPE, metadata=labels)
    if unit.container:
        openstack.objectstorage.Container(unit.name, name=unit.name, metadata=labels)
pulumi.export("units", int(os.environ["SOCLE_BENCH_RESOURCES"]))
