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
COPIES = (COPY, "snapshot of a copy", "backup of a copy")
"""That, and what was made of it in turn."""
RESTORED = "src_backup_id"
"""Where cinder notes, among a volume's metadata, which backup of another one was restored into it. All else
there is then the other's: it carries the space's tags, and is a copy all the same."""


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

    @property
    def is_copy(self) -> bool:
        """Whether it is somebody else's: not the space's to delete."""
        return self.kind in COPIES

    def __str__(self) -> str:
        """For a message."""
        return f"{self.kind} {self.name} ({self.id})"


def left_of(cloud: Any, environment: str, space: str) -> list[Left]:
    """Everything of the space that an openstacksdk connection sees; its errors are the caller's."""
    mine = {"env": environment, "layer": "space", "space": space}
    tags = {f"{key}={value}" for key, value in mine.items()}
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
        *_stored(cloud.block_storage, mine),
        *_containers(cloud.object_store, *(exchange_container(environment, space, way) for way in EXCHANGE)),
    ]


def _stored(api: Any, mine: Mapping[str, str]) -> Iterator[Left]:
    """Its volumes, their snapshots and backups (newest first, as they can be deleted), and copies of these.

    A backup outlives its volume: one whose own metadata names the space is the space's too.
    """
    volumes, snapshots = list(api.volumes()), list(api.snapshots())
    backups = sorted(api.backups(), key=lambda one: str(one.created_at), reverse=True)
    tagged = [one for one in volumes if _says(one, mine)]
    own = {one.id for one in tagged if RESTORED not in one.metadata}
    made = _copied({one.id for one in tagged}, volumes, [*snapshots, *backups]) - own
    for one in volumes:
        if one.id in own:
            yield Left("volume", one.id, one.name, f"{one.size} GiB, {one.volume_type}", _secret(one))
    for kind, every in (("snapshot", snapshots), ("backup", backups)):
        for one in every:
            if one.volume_id in own or (kind == "backup" and _says(one, mine)):
                yield Left(kind, one.id, one.name or one.id, _made(one), _secret(one))
            elif one.volume_id in made:
                yield Left(f"{kind} of a copy", one.id, one.name or one.id, _made(one))
    for one in volumes:
        if one.id in made:
            yield Left(COPY, one.id, one.name or one.id, f"{one.size} GiB")


def _copied(volumes: set[str], every: Sequence[Any], between: Sequence[Any]) -> set[str]:
    """These volumes and all made from them, directly or by way of a snapshot, a backup or another."""
    while True:
        sources = volumes | {one.id for one in between if one.volume_id in volumes}
        more = {one.id for one in every if not _sources(one).isdisjoint(sources)} - volumes
        if not more:
            return volumes
        volumes = volumes | more


def _sources(volume: Any) -> set[str]:
    return {volume.source_volume_id, volume.snapshot_id, (volume.metadata or {}).get(RESTORED)} - {None}


def _says(thing: Any, mine: Mapping[str, str]) -> bool:
    return mine.items() <= (thing.metadata or {}).items()


def _made(copy: Any) -> str:
    return f"{copy.size} GiB, made {copy.created_at}"


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


def _secret(volume: Any) -> str:
    """Cinder shows it since microversion 3.64, to those who may see it; a backup has a copy of its own."""
    return str(getattr(volume, "encryption_key_id", None) or "")
