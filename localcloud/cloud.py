"""The verbs: up, down, wipe. Each may be killed at any moment and run again."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator

from localcloud import (
    guests,
    links,
    model,
    preflight,
    prepare,
    processes,
    steps,
    template,
    venv,
    walls,
    zones,
)
from localcloud.errors import CloudError, UsageError
from localcloud.model import Cloud
from localcloud.runner import Runner, Say
from localcloud.tasks import CALLS
from localcloud.zones import Zone

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


def up(name: str, say: Say, wanted: int | None = None) -> Cloud:
    """Bring a cloud up, from nothing, from a template, from a stop, or from a killed `up`.

    `wanted`: how many zones; nothing said means those it has, one for a new cloud.
    """
    services = steps.load()
    cloud = claim(name)
    with alone(cloud, say):
        count = settle_zones(cloud, wanted)
        order = steps.ordered(services, count)
        places = [Zone(cloud, number + 1) for number in range(count)]
        running = walls.stand(places[0]) and processes.alive(cloud, "edge") is not None
        ports = [*steps.endpoints(services), 3142]
        needed = preflight.needed_mib(running=running, added=sum(not walls.stand(it) for it in places[1:]))
        if problems := preflight.judge(preflight.gather(cloud, ports, running=running, needed_mib=needed)):
            raise UsageError("\n".join(problems))
        cloud.record(zones=count)
        say(f"cloud {name}: slot {cloud.slot}, folder {cloud.root}")
        tools = venv.ensure(model.cache_root())
        for zone in places:
            if not walls.stand(zone):
                _end_leftovers(zone)
        if template.restore(cloud):
            say("state restored from the saved template")
        runner = Runner(cloud, order, prepare.files(cloud, places, services, tools, say), CALLS, say)
        runner.end_orphans()
        for zone in places:
            links.raise_zone(zone)
        runner.run_all()
        verdict = "is up" if runner.started else "was up already; every service and API answers"
        say(
            f"cloud {name} {verdict}: OS_CLIENT_CONFIG_FILE={cloud.clouds_yaml} OS_CLOUD=platform "
            f"({time.monotonic() - runner.begun:.0f} s)"
        )
    return cloud


def settle_zones(cloud: Cloud, wanted: int | None) -> int:
    """How many zones the cloud is to have; UsageError when that means to take one away."""
    known = len(zones.of(cloud))
    if wanted is not None and wanted < known:
        raise UsageError(
            f"cloud {cloud.name} has {known} zones and their servers: leave --zones out to keep them, or "
            f"`localcloud wipe --name {cloud.name}` first"
        )
    return wanted or known


def _end_leftovers(zone: Zone) -> None:
    """Processes of a zone whose walls fell: a reboot's stale records, or those outside the walls."""
    names = processes.recorded_in(zone)
    processes.stop(zone.cloud, names, dict.fromkeys(names, 5.0))


def down(cloud: Cloud, say: Say, *, gently: bool = True) -> None:
    """End every process and remove namespaces, mounts and links; the state stays."""
    places = zones.of(cloud)
    grace = {step.name: step.grace for step in steps.ordered(steps.load(), len(places))}
    with alone(cloud, say):
        standing = [it for it in places if walls.stand(it) and processes.alive_in(it, "libvirtd")]
        if gently and standing:
            # nova must not see its guests stop, or it would not start them again.
            computes = [zones.named("nova-compute", zone.number) for zone in standing]
            processes.stop(cloud, computes, dict.fromkeys(computes, 3.0))
            guests.shut_down(standing, say)
        names = processes.recorded(cloud)
        last = [name for name in names if name in ("mariadb", "ovn-nb", "ovn-sb")]
        processes.stop(cloud, [name for name in names if name not in last], grace)
        processes.stop(cloud, last, grace)
        walls.raze(zones.first(cloud))
    say(f"cloud {cloud.name} is down; its state stays in {cloud.root}")


def wipe(name: str, say: Say) -> None:
    """Remove a cloud and its folder; also works when only half of it is there."""
    root = model.clouds_root() / name
    cloud = find(name)
    if cloud and root.exists():
        down(cloud, lambda _: None, gently=False)
    elif walls.is_mounted(zones.first(Cloud(name, 0, root)).netns_file):
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
