"""The verbs: up, down, wipe. Each may be killed at any moment and run again."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from localcloud import (
    certs,
    guests,
    machine,
    model,
    preflight,
    processes,
    render,
    steps,
    template,
    venv,
    walls,
)
from localcloud.errors import CloudError, UsageError
from localcloud.model import Cloud
from localcloud.runner import Runner, Say
from localcloud.tasks import CALLS

PATIENCE = 120.0
"""Seconds to wait for another verb on the same cloud."""


def find(name: str) -> Cloud | None:
    """The cloud of that name when its folder says enough to act on."""
    root = model.clouds_root() / name
    slot = Cloud(name, 0, root).facts().get("slot")
    return None if slot is None else Cloud(name, slot, root)


def claim(name: str) -> Cloud:
    """The cloud of that name; a new one takes the first free slot and records it."""
    if os.geteuid() != 0:
        raise UsageError("not root: namespaces and bridges need it; run with sudo")
    root = model.clouds_root() / name
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (model.clouds_root() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if known := find(name):
            return known
        slot = preflight.free_slot(preflight.taken_slots(name))
        if slot is None:
            raise UsageError(f"all {model.SLOTS} slots are taken: `localcloud wipe` a cloud first")
        cloud = Cloud(name, slot, root)
        cloud.record()
    return cloud


@contextlib.contextmanager
def alone(cloud: Cloud, say: Say) -> Iterator[None]:
    """Nobody else starts or stops this cloud meanwhile.

    Waits for another that is at work: one whose caller was killed ends within seconds.
    """
    with (cloud.root / "lock").open("a+") as lock:
        until, told = time.monotonic() + PATIENCE, False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                lock.seek(0)
                who = f"cloud {cloud.name}: another up or down is at work (pid {lock.read().strip()})"
            if time.monotonic() > until:
                raise UsageError(f"{who}; wait for it, then run again")
            if not told:
                say(f"{who}; waiting up to {PATIENCE:.0f} s for it")
                told = True
            time.sleep(0.5)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def up(name: str, say: Say) -> Cloud:
    """Bring a cloud up, from nothing, from a template, from a stop, or from a killed `up`."""
    services = steps.load()
    order = steps.ordered(services)
    cloud = claim(name)
    with alone(cloud, say):
        running = walls.stand(cloud) and processes.alive(cloud, "edge") is not None
        ports = [*steps.endpoints(services), 3142]
        if problems := preflight.judge(preflight.gather(cloud, ports, running=running)):
            raise UsageError("\n".join(problems))
        say(f"cloud {name}: slot {cloud.slot}, folder {cloud.root}")
        tools = venv.ensure(model.cache_root())
        if not walls.stand(cloud):
            _end_leftovers(cloud)
        if template.restore(cloud):
            say("state restored from the saved template")
        runner = _prepare(cloud, services, order, tools, say)
        runner.end_orphans()
        walls.raise_walls(cloud)
        runner.run_all()
        verdict = "is up" if runner.started else "was up already; every service and API answers"
        say(
            f"cloud {name} {verdict}: OS_CLIENT_CONFIG_FILE={cloud.clouds_yaml} OS_CLOUD=platform "
            f"({time.monotonic() - runner.begun:.0f} s)"
        )
    return cloud


def _prepare(
    cloud: Cloud, services: list[steps.Service], order: list[steps.Step], tools: Path, say: Say
) -> Runner:
    """Everything that is only files: secrets, certificates, configuration."""
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
    render.write(cloud, services, values)
    for ring in ("account.ring.gz", "container.ring.gz", "object.ring.gz"):
        _link(cloud.folder("etc") / "swift" / ring, cloud.folder("state") / "rings" / ring)
    return Runner(cloud, order, values, CALLS, say)


def _link(path: Path, target: Path) -> None:
    if not path.is_symlink():
        path.symlink_to(target)


def _end_leftovers(cloud: Cloud) -> None:
    """Processes of a cloud whose walls fell: a reboot's stale records, or those outside the walls."""
    names = processes.recorded(cloud)
    processes.stop(cloud, names, dict.fromkeys(names, 5.0))


def down(cloud: Cloud, say: Say, *, gently: bool = True) -> None:
    """End every process and remove namespaces, mounts and links; the state stays."""
    grace = {step.name: step.grace for step in steps.ordered(steps.load())}
    with alone(cloud, say):
        if gently and walls.stand(cloud) and processes.alive(cloud, "libvirtd"):
            # nova must not see its guests stop, or it would not start them again.
            processes.stop(cloud, ["nova-compute"], {"nova-compute": 3.0})
            guests.shut_down(cloud, say)
        names = processes.recorded(cloud)
        last = [name for name in names if name in ("mariadb", "ovn-nb", "ovn-sb")]
        processes.stop(cloud, [name for name in names if name not in last], grace)
        processes.stop(cloud, last, grace)
        walls.raze(cloud)
    say(f"cloud {cloud.name} is down; its state stays in {cloud.root}")


def wipe(name: str, say: Say) -> None:
    """Remove a cloud and its folder; also works when only half of it is there."""
    root = model.clouds_root() / name
    cloud = find(name)
    if cloud and root.exists():
        down(cloud, lambda _: None, gently=False)
    elif walls.is_mounted(Cloud(name, 0, root).netns_file):
        raise CloudError(
            f"{root}/facts.json is lost while namespace socle-{name} stands: restore the file, or "
            f"reboot, then wipe again"
        )
    shutil.rmtree(root, ignore_errors=True)
    if root.exists():
        raise CloudError(f"{root} could not be removed: something still uses it")
    with contextlib.suppress(OSError):
        (model.clouds_root() / ".lock").unlink()
        model.clouds_root().rmdir()
    say(f"cloud {name} is gone")
