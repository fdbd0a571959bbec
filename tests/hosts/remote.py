"""Talks to hosts through testinfra's ssh backend: one round trip to collect, one per root command."""

from __future__ import annotations

import base64
import json
import os
import shlex
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

import testinfra
from testinfra.backend.base import CommandResult
from testinfra.host import Host as Connection

from localcloud.image import standing
from tests.hosts.catalogue import requested, requested_boxes, requested_part, requested_paths, requested_units
from tests.hosts.checks import Host, State

COLLECTOR = Path(__file__).with_name("collector")
MODULES = (
    "base",
    "access",
    "kernel",
    "system",
    "services",
    "objects",
    "people",
    "spaces",
    "sandbox",
    "secrets",
    "seal",
    "declared",
    "main",
)  # in the order in which they need each other
# Makes modules of the texts in place of files, then calls the last one's main with the request.
LOADER = """import base64,json,sys,types,zlib
for name,text in json.loads(zlib.decompress(base64.b64decode("{packed}"))):
    parent,_,own=name.rpartition(".")
    package=sys.modules.setdefault(parent,types.ModuleType(parent))
    module=sys.modules[name]=types.ModuleType(name)
    setattr(package,own,module)
    exec(text,module.__dict__)
module.main(json.loads(sys.argv[1]))"""
# What the image's build reads of a tree too, in the same words.
SHARED = {"localcloud.image.standing": Path(standing.__file__)}
# Where `socle local down` looks for connections to close; the name has room for little more than a hash.
SOCKETS = Path(os.environ.get("ANSIBLE_SSH_CONTROL_PATH_DIR") or Path.home() / ".ansible/cp")
SSH = 22


@cache
def connection(host: Host) -> Connection:
    """A testinfra connection that stays open between calls."""
    SOCKETS.mkdir(mode=0o700, parents=True, exist_ok=True)
    arguments = f"{host.ssh_arguments} -o ControlPath={SOCKETS}/%C -o BatchMode=yes"
    spec = f"ssh://{host.user}@{host.address}:{host.port}"
    return testinfra.get_host(spec, ssh_extra_args=arguments, controlpersist=300, timeout=60)


def ask(host: Host, command: str, *, times: int = 1) -> CommandResult:
    """Run a command over ssh, again up to `times` when there was no connection or it was lost on the way.

    ConnectionError with ssh's last words when it stayed so. More than once is for commands that only read.
    """
    for left in reversed(range(times)):
        try:
            return connection(host).run(command)
        except RuntimeError as error:  # testinfra's word for ssh's own failures
            said = error.args[0].stderr.strip().splitlines()
            if not left:
                tried = "ssh" if times == 1 else f"ssh, {times} times"
                raise ConnectionError(f"{tried}: {said[-1] if said else 'no word'}") from None
    raise ValueError("ask at least once")


def root_shell(host: Host, command: str) -> str:
    """Run a shell command as root and return its output; RuntimeError with its last words when it fails."""
    packed = base64.b64encode(f"umask 022; {command}".encode()).decode()
    done = ask(host, f"echo {packed} | base64 -d | sudo -n sh -e")
    if done.rc:
        raise RuntimeError(f"{host.name}: {command}: exit {done.rc}: {done.stderr.strip()[-300:]}")
    return str(done.stdout)


def ssh_sources(host: Host) -> list[str]:
    """Networks that the flow table lets reach the SSH port: from there sshd must answer the same."""
    found = []
    for flow in host.input:
        first, _, last = str(flow.get("ports") or "0-65535").partition("-")
        if flow["protocol"] == "tcp" and int(first) <= SSH <= int(last or first):
            found += flow["remote"]
    return found


def loader() -> str:
    """The collector as one text for `python3 -I -c`: a host has none of our files."""
    own = {f"tests.hosts.collector.{name}": COLLECTOR / f"{name}.py" for name in MODULES}
    texts = json.dumps([(name, path.read_text()) for name, path in {**SHARED, **own}.items()])
    return LOADER.format(packed=base64.b64encode(zlib.compress(texts.encode(), 9)).decode())


def collect(host: Host, only: tuple[str, ...] = (), *, declared: bool = False) -> State:
    """The effective state, in one round trip; a State that says why when the host cannot be read.

    `only`: these sections alone. `declared`: those too by which `socle drift` finds what nobody declared.
    """
    request = {
        "account": host.user,
        "paths": requested_paths(),
        "units": requested_units(),
        "private_tmp": {key: requested("private_tmp", key) for key in ("directories", "probes", "services")},
        "boxed": requested_boxes(host),
        "compared_now": requested_part(),
        "only": only,
        "declared": declared,
        "sources": ssh_sources(host),
        "name": host.name,
        "address": host.own_address,
        "conditions": host.conditions,
        "urls": requested("package_proxy", "admitted", "refused"),
        "asked": requested("object_gateway", "admitted", "refused"),
        "objects": host.objects,
        "people": host.people,
        "sealed": host.sealed,
        "names": [*requested("resolver", "refused"), *host.domain_names],
    }
    command = f"sudo -n python3 -I -c {shlex.quote(loader())} {shlex.quote(json.dumps(request))}"
    try:
        done = ask(host, command, times=2)
    except OSError as error:
        return State(unreadable=f"{host.name}: {error}")
    if done.rc:
        said = done.stderr.strip().splitlines()
        return State(unreadable=f"{host.name}: exit {done.rc}: {said[-1] if said else 'no output'}")
    try:
        return State(sections=json.loads(done.stdout))
    except ValueError:
        return State(unreadable=f"{host.name}: the answer is cut off after {len(done.stdout)} characters")


def collect_all(hosts: Iterable[Host], *, declared: bool = False) -> dict[str, State]:
    """`collect` on every host at once."""
    listed = tuple(hosts)
    one = partial(collect, declared=declared)
    with ThreadPoolExecutor(max_workers=max(1, min(16, len(listed)))) as pool:
        return dict(zip((h.name for h in listed), pool.map(one, listed), strict=True))


def keep(
    file: Path, hosts: Mapping[str, Host], states: Mapping[str, State], absent: Mapping[str, str]
) -> None:
    """What each host is and answered, as JSON; of a declared one that is not there, why nothing is known."""
    told: dict[str, dict[str, object]] = {
        name: {"unreadable": f"{name}: {why}"} for name, why in absent.items() if name not in hosts
    }
    for name, host in hosts.items():
        told[name] = {"host": asdict(host), **asdict(states[name])}
    file.write_text(json.dumps(told), encoding="utf-8")
