"""The measured stack: hosts, each with network, group, rules, port, server, volume, attachment and container.

SOCLE_BENCH_HOSTS says how many. Nothing is made: it is only previewed, with the real provider and no cloud.
"""

import os

import pulumi
import pulumi_openstack as openstack

TAGS = ["env=bench", "owner=bench", "zone=services", "class=technical"]
provider = openstack.Provider("own", region="here", auth_url="https://identity.example/v3")
opts = pulumi.ResourceOptions(provider=provider)
for n in range(int(os.environ["SOCLE_BENCH_HOSTS"])):
    block = f"10.{n // 250}.{n % 250}"
    network = openstack.networking.Network(f"net-{n}", port_security_enabled=True, tags=TAGS, opts=opts)
    subnet = openstack.networking.Subnet(
        f"subnet-{n}", network_id=network.id, cidr=f"{block}.0/24", tags=TAGS, opts=opts
    )
    group = openstack.networking.SecGroup(f"group-{n}", delete_default_rules=True, tags=TAGS, opts=opts)
    for port in (443, 5432, 6514, 8080, 9100, 9200):
        openstack.networking.SecGroupRule(
            f"rule-{n}-{port}",
            security_group_id=group.id,
            direction="egress",
            ethertype="IPv4",
            protocol="tcp",
            port_range_min=port,
            port_range_max=port,
            remote_ip_prefix="10.0.0.0/8",
            opts=opts,
        )
    card = openstack.networking.Port(
        f"port-{n}",
        network_id=network.id,
        port_security_enabled=True,
        security_group_ids=[group.id],
        fixed_ips=[{"subnet_id": subnet.id, "ip_address": f"{block}.5"}],
        tags=TAGS,
        opts=opts,
    )
    server = openstack.compute.Instance(
        f"server-{n}",
        image_id="image",
        flavor_id="flavor",
        config_drive=True,
        networks=[{"port": card.id}],
        tags=TAGS,
        metadata={"socle_roles": "time"},
        availability_zone=f"zone-{n}",
        opts=opts,
    )
    labels = {"class": "technical", "zone": "services", "owner": "bench"}
    volume = openstack.blockstorage.Volume(
        f"volume-{n}", size=1, volume_type="luks", metadata=labels, opts=opts
    )
    openstack.compute.VolumeAttach(f"attach-{n}", instance_id=server.id, volume_id=volume.id, opts=opts)
    openstack.objectstorage.Container(f"container-{n}", versioning=True, metadata=labels, opts=opts)
