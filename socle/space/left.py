"""What the cloud holds of a space, by what each thing says of itself: asked before and after an erasure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from infra.plan.objects import EXCHANGE, exchange_container
from socle.errors import FailureError

COPY = "volume made from one of its"
"""Somebody's own volume that was made from one of the space's: not the space's to delete, and unreadable."""


@dataclass(frozen=True)
class Left:
    """One thing. `secret`: the provider's own key of a volume, in its key manager, if it says so."""

    kind: str
    id: str
    name: str
    detail: str = ""
    secret: str = ""

    def said(self) -> dict[str, str]:
        """For a certificate: without what is empty."""
        return {key: value for key, value in asdict(self).items() if value}

    def __str__(self) -> str:
        """For a message."""
        return f"{self.kind} {self.name} ({self.id})"


def left_of(cloud: Any, environment: str, space: str) -> list[Left]:
    """Everything of the space that an openstacksdk connection sees; its errors are the caller's."""
    mine = {"env": environment, "layer": "space", "space": space}
    tags = {f"{key}={value}" for key, value in mine.items()}
    volumes = [one for one in cloud.block_storage.volumes() if mine.items() <= (one.metadata or {}).items()]
    ids = {one.id for one in volumes}
    copies = [
        *(Left("snapshot", one.id, one.name or one.id) for one in _of(cloud.block_storage.snapshots(), ids)),
        *(Left("backup", one.id, one.name or one.id) for one in _of(cloud.block_storage.backups(), ids)),
        *(
            Left(COPY, one.id, one.name or one.id, f"{one.size} GiB")
            for one in cloud.block_storage.volumes()
            if one.source_volume_id in ids and one.id not in ids
        ),
    ]
    return [
        *(
            Left("server", one.id, one.name)
            for one in cloud.compute.servers(details=True)
            if (one.metadata or {}).get("socle_env") == environment
            and (one.metadata or {}).get("socle_space") == space
        ),
        *(
            Left("network", one.id, one.name)
            for one in cloud.network.networks()
            if tags <= set(one.tags or ())
        ),
        *(Left("router", one.id, one.name) for one in cloud.network.routers() if tags <= set(one.tags or ())),
        *(
            Left("security group", one.id, one.name)
            for one in cloud.network.security_groups()
            if tags <= set(one.tags or ())
        ),
        *(
            Left("volume", one.id, one.name, f"{one.size} GiB, {one.volume_type}", _secret(one))
            for one in volumes
        ),
        *copies,
        *_containers(cloud.object_store, *(exchange_container(environment, space, way) for way in EXCHANGE)),
    ]


def _containers(api: Any, *names: str) -> Iterator[Left]:
    """Asked one by one, of the newest copy: an account's listing lags behind, and said 0 of one object."""
    for name in names:
        answer = api.head(f"/{name}", headers={"X-Newest": "true"})
        if answer.status_code == HTTPStatus.NOT_FOUND:
            continue
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise FailureError(
                f"the object store answers {answer.status_code}", name, "say the same command again"
            )
        count, size = (answer.headers[f"X-Container-{what}"] for what in ("Object-Count", "Bytes-Used"))
        yield Left("container", name, name, f"{count} objects, {size} bytes")


def still_there(cloud: Any, was: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Volumes, copies of them and servers, of those once noted, that the cloud still lists by their ids."""
    api = cloud.block_storage
    lists = (api.volumes(), api.snapshots(), api.backups(), cloud.compute.servers())
    known = {one.id for listed in lists for one in listed}
    return [one for one in was if one["id"] in known]


def _of(copies: Any, volumes: set[str]) -> list[Any]:
    return [one for one in copies if one.volume_id in volumes]


def _secret(volume: Any) -> str:
    """Cinder shows it since microversion 3.64, to those who may see it."""
    return str(getattr(volume, "encryption_key_id", None) or "")
