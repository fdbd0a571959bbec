"""Puts the fault proxy before the cloud of a clouds.yaml: reads the catalogue, writes the copy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.faults.certificate import write_private
from tests.faults.proxy import Proxy, Upstream, running
from tests.faults.rules import Faults

# Its bodies are what users stored: rewriting them would change their objects.
OPAQUE = frozenset(("object-store",))


def _entries(clouds: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(clouds.read_text(encoding="utf-8"))["clouds"]
    return found


def catalogue(clouds: Path, cloud: str) -> list[dict[str, Any]]:
    """The service catalogue that an entry of a clouds.yaml gets with its token."""
    import openstack

    config = openstack.config.OpenStackConfig(
        config_files=[str(clouds)], secure_files=[], vendor_files=[], load_envvars=False
    )
    # Versions of openstacksdk differ in how much of themselves they annotate.
    connection: Any = openstack.connection.Connection(config=config.get_one(cloud=cloud))
    connection.session.session.trust_env = False
    access = connection.session.auth.get_access(connection.session)
    found: list[dict[str, Any]] = access.service_catalog.catalog
    return found


def upstream_of(entry: dict[str, Any], services: list[dict[str, Any]]) -> Upstream:
    """What the proxy stands before: the ports that the catalogue names at the address of `auth_url`."""
    identity = urlsplit(entry["auth"]["auth_url"])
    address = str(identity.hostname)
    ports, opaque = {identity.port or 443}, set()
    for service in services:
        for endpoint in service["endpoints"]:
            place = urlsplit(endpoint["url"])
            if place.scheme == "https" and place.hostname == address:
                ports.add(place.port or 443)
                if service["type"] in OPAQUE:
                    opaque.add(place.port or 443)
    return Upstream(address, Path(entry["cacert"]), frozenset(ports), frozenset(opaque))


def before(clouds: Path, cloud: str) -> Upstream:
    """The cloud of one entry; ValueError when it is not on this machine's loopback."""
    return upstream_of(_entries(clouds)[cloud], catalogue(clouds, cloud))


def write_copy(clouds: Path, out: Path, proxy: Proxy) -> Path:
    """A clouds.yaml that leads to the proxy, mode 0600; entries of other clouds are left out."""
    kept = {}
    for name, entry in _entries(clouds).items():
        url = urlsplit(entry["auth"]["auth_url"])
        if url.hostname == proxy.upstream.address:
            here = url._replace(netloc=f"{proxy.address}:{url.port or 443}").geturl()
            kept[name] = {
                **entry,
                "auth": {**entry["auth"], "auth_url": here},
                "cacert": str(proxy.ca_file),
            }
    return write_private(out, yaml.safe_dump({"clouds": kept}, sort_keys=False).encode())


@contextmanager
def faulty(clouds: Path, cloud: str, faults: Faults) -> Iterator[Path]:
    """The path of a clouds.yaml behind which requests go wrong, for as long as the context lasts."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(before(clouds, cloud), faults, Path(folder)) as proxy,
    ):
        yield write_copy(clouds, Path(folder) / "clouds.yaml", proxy)
