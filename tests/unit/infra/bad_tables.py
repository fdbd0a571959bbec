"""Ways to spoil the committed tables, and what must be said about each."""

# A table of cases reads best one a line.
# ruff: noqa: E501

from datetime import UTC, datetime, timedelta

STACK, SPACE, DATA = (f"Pulumi.local-{layer}.yaml" for layer in ("platform", "space-alpha", "data"))
ZONES, FLOWS = "zones.yaml", "flows.yaml"
PROFILE = "profiles/local.yaml"


def release(**changes: str) -> str:
    """A release of a base, one key a line, that would hold if nothing in it were changed."""
    said = {
        "name": "nomenclatures",
        "owner": "one",
        "approver": "other",
        "reason": "Its keeping time is over",
        "expiry": str(datetime.now(UTC).date() + timedelta(days=30)),
    }
    lines = [f"{key}: {value}" for key, value in {**said, **changes}.items()]
    return "released:\n      - " + "\n        ".join(lines)


def stack_of(file: str) -> str:
    """The stack whose load reads this file."""
    return (
        file.removeprefix("Pulumi.").removesuffix(".yaml") if file.startswith("Pulumi.") else "local-platform"
    )


# file, what is there, what comes instead, what is said, and on which line after the change's own
BAD = [
    (STACK, "profile: local", "profile: moon", "profile moon is unknown; choose local", 0),
    (STACK, "protect: false", "protect: 'no'", "protect: 'no' will not do; input should be a valid boolean", 0),
    (STACK, "number: 10", "numbre: 10", "unknown key 'hosts.0.numbre'; remove it or correct its spelling (and 1 more)", 0),
    (STACK, "number: 10", "number: 5", "hosts.0.number: 5 will not do; input should be greater than or equal to 10", 0),
    (STACK, "10.16.0.0/16", "8.8.0.0/16", "network: 8.8.0.0/16 is not private; take a block out of 10/8", 0),
    (STACK, "10.16.0.0/16", "10.16.0.0/22", "network: 10.16.0.0/22 is too small for zones of /24; take a /21", 0),
    (STACK, "10.16.0.0/16", "10.16.0.1/16", "network: 10.16.0.1/16 has host bits set; correct the value", 0),
    (STACK, "zones: [admin, services]", "zones: [admin, servces]", "zone servces is unknown; choose admin, backup, data", 0),
    (STACK, "zones: [admin, services]", "zones: [admin]", "host services is in zone services, not standing here", None),
    (STACK, "zones: [admin, services]", "zones: [admin, admin]", "zone admin is given twice; each may appear once", None),
    (STACK, "zone: admin\n        number: 10", "zone: services\n        number: 11", "host bastion has role bastion, which may not live in zone services", -1),
    (STACK, "zone: admin", "zone: services", "number services.10 is given twice; each may appear once", None),
    (STACK, "size: small", "size: vast", "host bastion has size vast, which local lacks; choose medium, small", 0),
    (STACK, "roles: [bastion]", "roles: [time]", "0 hosts have the role bastion; one must, it is the way in", None),
    (STACK, "name: data", "name: other", "0 volumes are named data; one must be, others look for it", None),
    (STACK, "mount: /srv/data", "mount: /etc", "volumes.0.mount: '/etc' does not match ^/srv/", 0),
    (STACK, "- name: bastion", "- name: The_Bastion", "hosts.0.name: 'The_Bastion' does not match", 0),
    (STACK, "hdh:layer: platform", "hdh:layer: moon", "layer moon is unknown; choose platform", 0),
    (STACK, "hdh:layer: platform", "hdh:other: x", "'hdh:layer' is missing; choose platform", None),
    (STACK, "environment: local", "environment: local\n    environment: local", "'environment' is said twice; keep one", 1),
    (STACK, "config:", "config: [", "not valid YAML", None),
    (ZONES, "index: 2", "index: 1", "index 1 is given twice; each may appear once", None),
    (ZONES, "index: 2", "index: 32", "zone services has index 32, but 10.16.0.0/16 holds zones 0 to 31", 0),
    (ZONES, "retired: []", "retired: [2]", "zone services has index 2, which is retired; take one never used", None),
    (ZONES, "gateway: true", "gatway: true", "unknown key 'zones.edge.gatway'; remove it or correct its spelling (and 1 more)", 0),
    (FLOWS, "to: role/bastion", "to: role/bastoin", "flow operators-to-bastion: role bastoin is unknown; choose role/airlock, role/backup, role/bastion", 0),
    (FLOWS, "to: [zone/services, zone/data,", "to: [zone/servces, zone/data,", "zone servces is unknown; choose zone/admin, zone/backup", 0),
    (FLOWS, "to: [zone/services, zone/data,", "to:\n      [zone/services,\n       zone/dta,", "flow bastion-to-hosts: zone dta is unknown; choose zone/admin, zone/backup", 2),
    (FLOWS, "to: [zone/services, zone/data,", "to: [zone/services, zone/services,", "flow bastion-to-hosts: to zone/services is given twice; each may appear once", -2),
    (FLOWS, "to: [zone/services, zone/data,", "to: [services, zone/data,", "flows.1.to.0: 'services' does not match ^(zone|role|outside)/", 0),
    (FLOWS, "to: role/bastion", "to: bastion", "flows.0.to: 'bastion' does not match ^(zone|role|outside)/", 0),
    (FLOWS, "to: role/bastion", "to: []", "flows.0.to: [] will not do; value should have at least 1 item", 0),
    (FLOWS, "to: role/bastion", "to: [outside/time, role/bastion]", "flow operators-to-bastion is between two places outside", -2),
    (FLOWS, "from: outside/operators", "from: outside/world", "outside world is unknown; choose outside/operators", 0),
    (FLOWS, "to: role/bastion", "to: outside/time", "flow operators-to-bastion is between two places outside", -2),
    (FLOWS, "ports: [22]", "ports: [70000]", "70000 is out of range; ports go from 1 to 65535, the lower one first", 0),
    (FLOWS, "ports: [22]", "ports: ['30-20']", "30-20 is out of range; ports go from 1 to 65535, the lower one first", 0),
    (FLOWS, "ports: [22]", "ports: [ssh]", "'ssh' is no port; write 22 or '8000-8010'", 0),
    (FLOWS, "ports: [22]", "ports: [yes]", "True is no port; write 22 or '8000-8010'", 0),
    (FLOWS, "ports: [22]", "ports: []", "flows.0.ports: [] will not do", 0),
    (FLOWS, "ports: [3142]", "ports: [80]", "outside/package-proxy answers 3142/tcp only, not 80/tcp", 0),
    (FLOWS, "protocol: tcp", "protocol: any", "flows.0.protocol: 'any' will not do; input should be 'tcp' or 'udp'", 0),
    (FLOWS, "    reason:", "    why:", "unknown key 'flows.0.why'; remove it or correct its spelling (and 1 more)", 0),
    (FLOWS, "    reason: Administrators and automation enter by SSH, here and nowhere else\n", "", "'flows.0.reason' is missing; add it", -5),
    (FLOWS, "    owner: platform-team", "", "'flows.0.owner' is missing; add it", -7),
    (FLOWS, "protocol: [udp, tcp]", "protocol: [udp, icmp]", "flows.6.protocol.1: 'icmp' will not do; input should be 'tcp' or 'udp'", 0),
    (FLOWS, "protocol: [udp, tcp]", "protocol: [udp, udp]", "flow hosts-to-resolver: protocol udp is given twice; each may appear once", -3),
    (FLOWS, "to: outside/time\n    protocol: udp", "to: outside/time\n    protocol: [udp, tcp]", "flow time-upstream: outside/time answers 123/udp only, not 123/tcp; correct the flow", 2),
    (FLOWS, "name: bastion-to-hosts", "name: operators-to-bastion", "flow operators-to-bastion is given twice", None),
    (FLOWS, "ports: [22]", "ports: &ssh [22]\n    copy: *ssh", "*ssh is an alias; write the value out", 1),
    (PROFILE, "198.18.0.0/20", "0.0.0.0/1", "0.0.0.0/1 is nearly the whole internet; name the networks meant", 0),
    (PROFILE, "198.18.0.0/20", "10.16.0.0/24", "10.16.0.0/24 overlaps the environment's 10.16.0.0/16", 0),
    (PROFILE, "region: RegionOne", "region: 1", "region: 1 will not do; input should be a valid string", 0),
    (STACK, "environment: local", "environment: other", "environment other cannot be stack local-platform; say local, or rename the file", 0),
    (STACK, "10.16.0.0/16", "10.17.128.0/17", "network: 10.17.128.0/17 overlaps 10.17.0.0/16 of full-platform; take another block", 0),
    (STACK, "roles: [bastion]", "roles: []", "hosts.0.roles: [] will not do; tuple should have at least 1 item", 0),
    (STACK, "roles: [bastion]", "roles: [bastion, bastion]", "role bastion is given twice; each may appear once", None),
    (STACK, "roles: [bastion]", "role: bastion", "unknown key 'hosts.0.role'; remove it or correct its spelling (and 1 more)", 0),
    (STACK, "roles: [package-proxy, time, resolver, collector]", "roles: [time, workstation]", "host services has role workstation, which may not live in zone services; choose collector", 0),
    (STACK, "profile: local", "profile: template-a", "profile template-a is a template; fill in a copy with template: false and name that", 0),
    (STACK, "hdh:layer: platform", "hdh:layer: space", "unknown key 'hdh:platform'; remove it or correct its spelling", 1),
    (SPACE, "number: 1\n", "number: 512\n", "number: 512 is too high, 10.16.0.0/16 holds spaces 0 to 511; take a free number", 0),
    (SPACE, "number: 1\n", "number: -1\n", "number: -1 will not do; input should be greater than or equal to 0", 0),
    (SPACE, "number: 1\n", "number: '1'\n", "number: '1' will not do; input should be a valid integer", 0),
    (SPACE, "number: 10", "number: 63", "host desk has number 63, but 10.16.128.64/26 holds 10 to 62; take one of those", 0),
    (SPACE, "number: 10", "number: 10\n        zone: admin", "unknown key 'hosts.0.zone'; remove it or correct its spelling", 1),
    (SPACE, "roles: [workstation]", "roles: [workstation, bastion]", "host desk has role bastion, which may not live in spaces; choose workstation", 0),
    (SPACE, "size: small", "size: vast", "host desk has size vast, which local lacks; choose medium, small", 0),
    (SPACE, "environment: local", "environment: full", "environment full cannot be stack local-space-alpha; say local, or rename the file", 0),
    (SPACE, "- name: desk", "- name: -desk", "hosts.0.name: '-desk' does not match", 0),
    (SPACE, "    owner: project-alpha\n", "", "'owner' is missing; add it", -3),
    (SPACE, "hdh:layer: space", "hdh:layer: platform", "unknown key 'hdh:space'; remove it or correct its spelling", 1),
    (DATA, "sensitivity: public", "sensitivity: secret", "bases.1.sensitivity: 'secret' will not do; input should be 'public', 'internal' or 'health'", 0),
    (DATA, "- name: nomenclatures", "- name: hospital-stays", "name hospital-stays is given twice; each may appear once", None),
    (DATA, "base: hospital-stays", "base: hospital-stay", "volume hospital-stays-work is of base hospital-stay, which is unknown; choose hospital-stays", 0),
    (DATA, "size_gib: 1", "size_gib: 0", "volumes.0.size_gib: 0 will not do; input should be greater than or equal to 1", 0),
    (DATA, "released: []", release(approver="one"), "release of nomenclatures: one owns and approves it; somebody else must approve", None),
    (DATA, "released: []", release(expiry="2020-01-01"), "release of nomenclatures expired on 2020-01-01 and counts as absent; remove it, or", 5),
    (DATA, "released: []", release(expiry="2999-01-01"), "release of nomenclatures lasts until 2999-01-01, over 180 days;", 5),
    (DATA, "released: []", release(expiry="soon"), "released.0.expiry: 'soon' will not do; input should be a valid date", 5),
    (DATA, "released: []", release(name="nomenclature"), "release of nomenclature, which is neither base nor volume here; remove the release", 1),
    (DATA, "released: []", release(reason="''"), "released.0.reason: '' will not do; string should have at least 10 characters", 4),
    (ZONES, "transit_prefix: 28", "transit_prefix: 30", "spaces.transit_prefix: 30 will not do; input should be less than or equal to 28", 0),
    (ZONES, "roles: [workstation]", "roles: [workstation, database]", "role database may live in zone data and in spaces; split it into two", None),
    (ZONES, "  edge:\n", "  spaces:\n", "zone spaces is what flows call the project spaces; take another name", None),
    (FLOWS, "zone/spaces]\n    to: role/package-proxy", "zone/spaces]\n    to: role/workstation", "flow hosts-to-package-proxy is between spaces, which never meet; go through a role", 1),
    (FLOWS, "to: role/package-proxy", "to:\n      - role/package-proxy\n      - role/workstation", "flow hosts-to-package-proxy is between spaces, which never meet; go through a role", 2),
    (FLOWS, "from: role/time\n    to: outside/time", "from: [zone/admin, zone/spaces]\n    to: outside/time", "flow time-upstream joins zone/spaces and outside/time, but no space meets the outside", 0),
    (FLOWS, "from: outside/operators\n    to: role/bastion", "from: outside/operators\n    to: role/workstation", "joins role/workstation and outside/operators, but no space meets the outside; go through", 1),
    (FLOWS, "from: role/package-proxy", "from: [zone/admin, zone/data]", "flow proxy-upstream joins zone/data and outside/package-proxy, but zone data has no gateway", 0),
    (FLOWS, "from: role/time\n", "from: role/airlock\n", "flow time-upstream joins role/airlock and outside/time, but zone exchange has no gateway", 0),
    (FLOWS, "clause: secnumcloud-3.2:13.2.e", "clause: because", "flows.0.clause: 'because' does not match", 0),
    (PROFILE, "region: RegionOne", "region: Elsewhere", "region Elsewhere is not in regions; choose RegionOne", None),
    (PROFILE, "availability_zone: nova", "availability_zone: mars", "availability zone mars is not in region RegionOne; choose nova", None),
    (PROFILE, "template: false", "template: perhaps", "template: 'perhaps' will not do; input should be a valid boolean", 0),
    (PROFILE, "expiry: null", "expiry: never", "qualification.expiry: 'never' will not do; input should be a valid date", 0),
    (PROFILE, "  dns_zones: false\n", "", "'features.dns_zones' is missing; add it", -5),
    (PROFILE, "  real_data: false\n", "", "'qualification.real_data' is missing; add it", -1),
    (PROFILE, "real_data: false", "real_data: 'no'", "qualification.real_data: 'no' will not do; input should be a valid boolean", 0),
    (PROFILE, "load_balancer: false", "load_balancer: true", "feature load_balancer needs the service load-balancer, which endpoints.services lacks; add", None),
    (PROFILE, "dns_zones: false", "dns_zones: true", "feature dns_zones needs the service dns, which endpoints.services lacks; add", None),
    (PROFILE, "volumev3, object-store, key-manager]", "volumev3]", "feature object_versioning needs the service object-store, which endpoints.services lacks; add", None),
    (PROFILE, "anti_affinity: false", "anti_affinity: true", "feature anti_affinity needs 2 hypervisors, there is 1; say false", None),
    (STACK, "size: small", "size: small\n        placement_group: pair", "placement group pair keeps hosts apart, which profile local cannot (anti_affinity); leave it out here", 1),
    (SPACE, "size: small", "size: small\n        placement_group: pair", "placement group pair keeps hosts apart, which profile local cannot (anti_affinity); leave it out here", 1),
    (PROFILE, "hypervisors: 1", "hypervisors: 0", "hypervisors: 0 will not do; input should be greater than or equal to 1", 0),
]  # fmt: skip
