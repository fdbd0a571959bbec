"""A real Swift without a cloud: the embedded cloud's four servers with `tempauth`, S3 and one device.

Configured as localcloud/templates/swift does it, less Keystone. Everything lies in one folder.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from localcloud import model, venv

START_SECONDS = 180
_RINGS = """
import sys
from swift.common.ring import RingBuilder
for name, port in zip(("account", "container", "object"), map(int, sys.argv[2:])):
    ring = RingBuilder(4, 1, 1)
    ring.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1.0})
    ring.rebalance()
    ring.get_ring().save(f"{sys.argv[1]}/{name}.ring.gz")
"""
_SERVER = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {etc}
devices = {folder}/devices
mount_check = false
log_address = {folder}/no-syslog
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_FILTERS = "catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth copy slo symlink"
_PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {etc}
log_address = {folder}/no-syslog
expose_info = true
[pipeline:main]
pipeline = {filters} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:s3api]
use = egg:swift#s3api
auth_pipeline_check = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_writer = {writer} .admin
user_test_reader = {reader}
"""


@dataclass(frozen=True)
class Swift:
    """Where it is. `clouds` is a clouds.yaml with `writer` and `reader`; `objects` holds objects' files."""

    url: str
    clouds: Path
    objects: Path


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody uses now."""
    with ExitStack() as stack:
        bound = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in bound:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in bound]


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Until something listens; fails with the log when the process ended or time is over."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def running(
    argv: list[str], log: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not outlive the block."""
    with log.open("ab") as output, subprocess.Popen(argv, stdout=output, stderr=output, env=env) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def serve(folder: Path) -> Iterator[Swift]:
    """Start all of it, at most START_SECONDS; end it with the block."""
    programs = venv.ensure(model.cache_root()) / "bin"
    etc = folder / "etc"
    etc.mkdir()
    (folder / "devices" / "d1").mkdir(parents=True)
    proxy, memcached, *ports = free_ports(5)
    keys = {"writer": secrets.token_hex(16), "reader": secrets.token_hex(16)}
    said = {"folder": folder, "etc": etc, "user": "root", "memcached": memcached, **keys}
    salts = [f"swift_hash_path_{part} = {secrets.token_hex(8)}" for part in ("suffix", "prefix")]
    policy = ["[storage-policy:0]", "name = standard", "default = yes"]
    (etc / "swift.conf").write_text("\n".join(["[swift-hash]", *salts, *policy, ""]))
    for kind, port in zip(("account", "container", "object"), ports, strict=True):
        (etc / f"{kind}.conf").write_text(_SERVER.format(kind=kind, port=port, **said))
    configured = ("cache", "s3api", "tempauth")
    plain = "".join(f"[filter:{n}]\nuse = egg:swift#{n}\n" for n in _FILTERS.split() if n not in configured)
    (etc / "proxy.conf").write_text(_PROXY.format(port=proxy, filters=_FILTERS, **said) + plain)
    subprocess.run([programs / "python", "-c", _RINGS, etc, *map(str, ports)], check=True)
    env = {**os.environ, "SWIFT_DIR": str(etc)}
    end = time.monotonic() + START_SECONDS
    with ExitStack() as stack:
        log = folder / "memcached.log"
        argv = ["memcached", "-l", "127.0.0.1", "-p", str(memcached), "-U", "0", "-u", "nobody", "-m", "16"]
        begun = [(memcached, stack.enter_context(running(argv, log)), log)]
        for kind, port in zip(("account", "container", "object", "proxy"), [*ports, proxy], strict=True):
            log = folder / f"{kind}.log"
            argv = [str(programs / f"swift-{kind}-server"), str(etc / f"{kind}.conf"), "-v"]
            begun.append((port, stack.enter_context(running(argv, log, env)), log))
        for port, process, log in begun:
            wait_for(port, process, log, end - time.monotonic())
        clouds = folder / "clouds.yaml"
        clouds.touch(0o600)
        url = f"http://127.0.0.1:{proxy}"
        entries = {
            name: {
                "auth_type": "v1password",
                "auth": {"auth_url": f"{url}/auth/v1.0", "username": f"test:{name}", "password": key},
            }
            for name, key in keys.items()
        }
        clouds.write_text(yaml.safe_dump({"clouds": entries}))
        yield Swift(url, clouds, folder / "devices" / "d1" / "objects")
