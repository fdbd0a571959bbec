"""Five rules; the first has a prefix that no preview knows, the last lets everybody in."""

import pulumi
import pulumi_openstack as openstack

REGION = "here"
CANARY = pulumi.Config().get("canary") or ""
provider = openstack.Provider("shared", region=REGION, auth_url="https://identity.example/v3")
opts = pulumi.ResourceOptions(provider=provider)
labels = ["env=t", "owner=team"]
odd = openstack.compute.ServerGroup("odd", policies="anti-affinity", opts=opts)
group = openstack.networking.SecGroup("group", delete_default_rules=True, tags=labels, opts=opts)
for number, prefix in enumerate([odd.id, "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "0.0.0.0/1"]):
    openstack.networking.SecGroupRule(
        f"rule-{number}",
        security_group_id=group.id,
        direction="ingress",
        ethertype="IPv4",
        protocol="tcp",
        port_range_min=443,
        port_range_max=443,
        remote_ip_prefix=prefix,
        description=f"password={CANARY}" if CANARY else "plain",
        opts=opts,
    )
