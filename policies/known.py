"""Resource types that policies here read, or that were looked at and hold nothing they would judge.

Everything else is refused (SOV-06) until it is declared: a type that nobody thought about is nobody's to wave
through. Heat stacks, Trove, Magnum, BGP and firewall groups are left out on purpose.
"""

from __future__ import annotations

KNOWN = frozenset(
    [
        "blockstorage/volume",
        "blockstorage/quoteSetV3",
        "compute/instance",
        "compute/interfaceAttach",
        "compute/keypair",
        "compute/quotaSetV2",
        "compute/serverGroup",
        "compute/volumeAttach",
        "dns/recordSet",
        "dns/zone",
        "identity/applicationCredential",
        "identity/ec2CredentialV3",
        "identity/groupV3",
        "identity/inheritRoleAssignment",
        "identity/project",
        "identity/role",
        "identity/roleAssignment",
        "identity/user",
        "identity/userMembershipV3",
        "images/image",
        "images/imageAccess",
        "keymanager/containerV1",
        "keymanager/secretV1",
        "loadbalancer/listener",
        "loadbalancer/loadBalancer",
        "loadbalancer/member",
        "loadbalancer/members",
        "loadbalancer/monitor",
        "loadbalancer/pool",
        "networking/addressGroupV2",
        "networking/floatingIp",
        "networking/floatingIpAssociate",
        "networking/network",
        "networking/port",
        "networking/portForwardingV2",
        "networking/portSecGroupAssociate",
        "networking/quotaV2",
        "networking/rbacPolicyV2",
        "networking/router",
        "networking/routerInterface",
        "networking/secGroup",
        "networking/secGroupRule",
        "networking/subnet",
        "networking/subnetRoute",
        "networking/trunk",
        "index/taasTapMirrorV2",
        "objectstorage/container",
        "objectstorage/containerObject",
        "vpnaas/ikePolicy",
        "vpnaas/ipSecPolicy",
        "vpnaas/siteConnection",
    ]
)
