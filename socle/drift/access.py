"""What the credential of a scan may ask for: every path of a scan, by GET and HEAD, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

SEE = ("GET", "HEAD")
_NET = (
    "networks",
    "subnets",
    "routers",
    "ports",
    "security-groups",
    "security-group-rules",
    "floatingips",
    "rbac-policies",
)
_PATHS: dict[str, tuple[str, ...]] = {
    "network": tuple(f"/{tail}{one}" for tail in _NET for one in ("", "/*")),
    "compute": (
        "/servers/detail",
        "/servers/*",
        "/servers/*/os-instance-actions",
        *(f"/os-{it}{one}" for it in ("keypairs", "server-groups") for one in ("", "/*")),
    ),
    "block_storage": (
        "/volumes/detail",
        "/volumes/*",
        "/snapshots/detail",
        "/backups/detail",
        "/os-volume-transfer/detail",
    ),
    "image": ("/images", "/images/*/members"),
    # Without "/secrets/*": with another Accept header that is the payload.
    "key_manager": ("/secrets", "/secrets/*/acl"),
    # The account's list, spelled both ways; containers by HEAD alone, below: GET would list names of objects.
    "object_store": ("", "/"),
    "identity": ("/users/*/application_credentials",),
}


def rules(connection: Any) -> Iterator[dict[str, str]]:
    """Access rules for everything that a scan asks for, by the paths of this cloud's endpoints."""
    from keystoneauth1.adapter import Adapter

    for service, tails in _PATHS.items():
        proxy = getattr(connection, service)
        # The identity proxy has another method of that name.
        base = urlsplit(str(Adapter.get_endpoint(proxy))).path.rstrip("/")
        kind = proxy.service_type
        for tail in tails:
            yield from ({"service": kind, "method": method, "path": base + tail} for method in SEE)
        if service == "object_store":
            yield {"service": kind, "method": "HEAD", "path": f"{base}/*"}
