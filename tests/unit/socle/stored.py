"""A cloud's block storage as openstacksdk shows it: volumes, snapshots, backups; how deleting ends."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace as Thing
from typing import Any

from openstack import exceptions

from tests.unit.socle.containers import Containers

MINE = {"env": "local", "layer": "space", "space": "alpha"}
"""What says of a thing that it is the space alpha's."""


def volume(number: str, name: str, **more: Any) -> Any:
    """A volume of somebody's, unless `metadata` says whose."""
    fields = {"metadata": {}, "size": 1, "volume_type": "luks", "source_volume_id": None, "snapshot_id": None}
    return Thing(id=number, name=name, **{**fields, **more})


def copied(number: str, of: str, **more: Any) -> Any:
    """A snapshot or a backup of a volume."""
    fields = {"name": "", "volume_id": of, "metadata": {}, "size": 1, "status": "available"}
    return Thing(id=number, **{**fields, "created_at": "2026-11-01T00:00:00", **more})


WORK = volume("v1", "work", metadata=MINE)
"""The space's own volume."""


def around(block: Any) -> Any:
    """A cloud in which only block storage holds anything."""
    return Thing(
        block_storage=block,
        compute=Thing(servers=lambda **_: []),
        network=Thing(**dict.fromkeys(("networks", "routers", "security_groups"), list)),
        object_store=Thing(head=lambda *_, **__: Thing(status_code=404), get=Containers().get),
    )


class Block:
    """`refusals`: what deleting the thing of that id comes to: an exception, or a status and why."""

    def __init__(self, *volumes: Any, snapshots: Any = (), backups: Any = (), **refusals: Any) -> None:
        """Keep what is there."""
        self.there = {"volumes": [*volumes], "snapshots": [*snapshots], "backups": [*backups]}
        self.refusals, self.deleted = refusals, list[str]()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """`volumes()`, `get_backup(id)`, `delete_snapshot(it)` and their like."""
        if name in self.there:
            return lambda: [*self.there[name]]
        verb, _, kind = name.partition("_")
        return {"get": self._get, "delete": self._delete}[verb](f"{kind}s")

    def _get(self, kind: str) -> Callable[[str], Any]:
        def get(number: str) -> Any:
            found = [one for one in self.there[kind] if one.id == number]
            if not found:
                raise exceptions.NotFoundException(f"no {number}")
            return found[0]

        return get

    def _delete(self, kind: str) -> Callable[[Any], None]:
        def delete(one: Any) -> None:
            if one.status == "deleting":
                raise exceptions.BadRequestException("status must be available or error")
            refusal = self.refusals.get(one.id)
            if isinstance(refusal, Exception):
                raise refusal
            if refusal:
                one.status, one.fail_reason = refusal
                return
            self.there[kind].remove(one)
            self.deleted.append(one.id)

        return delete

    def wait_for_status(self, one: Any, status: str, failures: list[str], wait: int) -> Any:
        """As the SDK's: what is gone is not found, a failure is raised, all else runs out of time."""
        assert (status, wait > 0) == ("deleted", True)
        if one.status == "deleting" and one.id not in self.refusals:
            next(kind for kind in self.there.values() if one in kind).remove(one)
        if not any(one in kind for kind in self.there.values()):
            raise exceptions.NotFoundException("gone")
        failed = one.status in failures
        raise exceptions.ResourceFailure("failed") if failed else exceptions.ResourceTimeout("still there")
