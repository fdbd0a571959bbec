"""Talks to hosts through testinfra's ssh backend: one round trip to collect, one per root command."""

from __future__ import annotations

import base64
import json
import os
import shlex
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import testinfra
from testinfra.host import Host as Connection

from tests.hosts.catalogue import requested, requested_paths, requested_units
from tests.hosts.checks import Host, State

# Sent as one text: the second calls what the first defines.
SCRIPTS = (Path(__file__).with_name("service_probes.py"), Path(__file__).with_name("collector.py"))
# Where `socle local down` looks for connections to close; the name has room for little more than a hash.
SOCKETS = Path(os.environ.get("ANSIBLE_SSH_CONTROL_PATH_DIR") or Path.home() / ".ansible/cp")


@cache
def connection(host: Host) -> Connection:
    """A testinfra connection that stays open between calls."""
    SOCKETS.mkdir(mode=0o700, parents=True, exist_ok=True)
    arguments = f"{host.ssh_arguments} -o ControlPath={SOCKETS}/%C -o BatchMode=yes"
    spec = f"ssh://{host.user}@{host.address}:{host.port}"
    return testinfra.get_host(spec, ssh_extra_args=arguments, controlpersist=300, timeout=60)


def root_shell(host: Host, command: str) -> str:
    """Run a shell command as root and return its output; RuntimeError with its last words when it fails."""
    packed = base64.b64encode(f"umask 022; {command}".encode()).decode()
    done = connection(host).run(f"echo {packed} | base64 -d | sudo -n sh -e")
    if done.rc:
        raise RuntimeError(f"{host.name}: {command}: exit {done.rc}: {done.stderr.strip()[-300:]}")
    return str(done.stdout)


def collect(host: Host) -> State:
    """The effective state, in one round trip; a State that says why when the host cannot be read."""
    text = b"\n".join(script.read_bytes() for script in SCRIPTS)
    script = base64.b64encode(zlib.compress(text, 9)).decode()
    loader = f"import base64,zlib;exec(zlib.decompress(base64.b64decode('{script}')))"
    request = {
        "account": host.user,
        "paths": requested_paths(),
        "units": requested_units(),
        "name": host.name,
        "address": host.own_address,
        "conditions": host.conditions,
        "urls": requested("package_proxy", "admitted", "refused"),
        "names": [*requested("resolver", "refused"), *host.domain_names],
    }
    command = f"sudo -n python3 -I -c {shlex.quote(loader)} {shlex.quote(json.dumps(request))}"
    try:
        done = connection(host).run(command)
    except (OSError, RuntimeError) as error:
        return State(unreadable=f"{host.name}: {error}")
    if done.rc:
        said = done.stderr.strip().splitlines()
        return State(unreadable=f"{host.name}: exit {done.rc}: {said[-1] if said else 'no output'}")
    try:
        return State(sections=json.loads(done.stdout))
    except ValueError:
        return State(unreadable=f"{host.name}: the answer is cut off after {len(done.stdout)} characters")


def collect_all(hosts: Iterable[Host]) -> dict[str, State]:
    """`collect` on every host at once."""
    listed = tuple(hosts)
    with ThreadPoolExecutor(max_workers=max(1, min(16, len(listed)))) as pool:
        return dict(zip((h.name for h in listed), pool.map(collect, listed), strict=True))
