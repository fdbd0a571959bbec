"""What resources say about themselves: `key=value` tags and metadata, read alike.

The keys are this project's (infra/components/labels.py): env, layer, owner, zone, class, space, role; the
metadata of hosts carries them as `socle_<key>`. Another project's keys are mapped by the pack's settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.snapshot import Resource
from policies.values import Unknown, opened

HOST_PREFIX = "socle_"


def labels(resource: Resource, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """All that is known of them. `names`: of another project, its key to ours."""
    said: dict[str, str] = {}
    tags = opened(resource.get("tags"))
    if isinstance(tags, list):
        for tag in tags:
            key, equals, value = str(tag).partition("=") if isinstance(tag, str) else ("", "", "")
            if equals:
                said[key] = value
    metadata = opened(resource.get("metadata"))
    if isinstance(metadata, dict):
        for key, value in metadata.items():
            if isinstance(value, str):
                said[key.removeprefix(HOST_PREFIX)] = value
    if "roles" in said:
        said["role"] = said.pop("roles")
    for theirs, ours in (names or {}).items():
        if theirs in said:
            said[ours] = said.pop(theirs)
    return said


def holds_unknown_label(resource: Resource) -> bool:
    """Whether a tag or an entry of metadata cannot be read, so that a label may hide there."""
    for name in ("tags", "metadata"):
        value = opened(resource.get(name))
        items: Iterable[object] = (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        )
        if any(isinstance(item, Unknown) for item in items):
            return True
    return False
