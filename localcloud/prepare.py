"""What is only files, and there before anything starts: secrets, certificates, configuration."""

from pathlib import Path
from typing import Any

from localcloud import certs, machine, processes, render, steps
from localcloud.model import Cloud
from localcloud.runner import Say
from localcloud.zones import Zone


def files(
    cloud: Cloud, places: list[Zone], services: list[steps.Service], tools: Path, say: Say
) -> dict[str, Any]:
    """Write it all, or what changed of it; returns the values that texts of steps are rendered with."""
    cloud.complete_secrets(steps.accounts(services))
    # A publisher that runs keeps the certificate that it read: a new authority would not be believed.
    if processes.alive(cloud, "edge") is None:
        certs.ensure(cloud)
    facts = cloud.facts()
    if "virt_type" not in facts:
        kind, reason = machine.virt_type()
        say(f"guests run under {kind}: {reason}")
        cloud.record(virt_type=kind, virt_reason=reason)
        facts = cloud.facts()
    cloud.record(public_address=cloud.public_address, external_cidr=cloud.external_cidr, netns=cloud.netns)
    values = render.context(
        cloud,
        services,
        tools,
        {
            "virt_type": facts["virt_type"],
            "apt_proxy": machine.apt_proxy(),
            "mirrors": machine.mirrors(),
            "services": services,
        },
    )
    for kind in ("etc", "run", "log", "state", "tls"):
        cloud.folder(kind).mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (
        cloud.folder("log") / "packages",
        values["packages_cache"],
        cloud.folder("state") / "mysql",
        cloud.folder("state") / "ovn",
        cloud.folder("state") / "rings",
        *(cloud.folder("state") / "keystone" / kind for kind in ("fernet-keys", "credential-keys")),
    ):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for zone in places:
        render.write(zone, services, values)
    for ring in ("account.ring.gz", "container.ring.gz", "object.ring.gz"):
        _link(cloud.folder("etc") / "swift" / ring, cloud.folder("state") / "rings" / ring)
    return values


def _link(path: Path, target: Path) -> None:
    if not path.is_symlink():
        path.symlink_to(target)
