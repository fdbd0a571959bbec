"""Which resources a property points to: by id or name where known, by what it was made from where not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from policies.snapshot import Resource, Snapshot
from policies.values import Secret, Unknown, Value, opened


@dataclass(frozen=True)
class Refs:
    """`found`: of the stack. `outside`: ids and names that are none of it. `unknown`: there may be more."""

    found: tuple[Resource, ...] = ()
    outside: tuple[str, ...] = ()
    unknown: bool = False

    @property
    def empty(self) -> bool:
        """Whether it points to nothing at all."""
        return not (self.found or self.outside or self.unknown)

    @property
    def sure(self) -> bool:
        """Whether everything it points to is a resource of the stack."""
        return not self.outside and not self.unknown

    def and_(self, other: Refs) -> Refs:
        """Both together."""
        return Refs(
            (*self.found, *other.found), (*self.outside, *other.outside), self.unknown or other.unknown
        )


class Index:
    """All resources of a stack by URN, kind, id and name."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Look at each once."""
        self.by_urn = {found.urn: found for found in snapshot.resources}
        self.by_kind: dict[str, list[Resource]] = defaultdict(list)
        self._named: dict[tuple[str, str], Resource] = {}
        self._followed: dict[tuple[str, str, tuple[str, ...], str], Refs] = {}
        for found in snapshot.resources:
            self.by_kind[found.kind].append(found)
            for key in ("id", "name", "address"):
                value = found.get(key)
                if isinstance(value, str):
                    self._named.setdefault((found.kind, value), found)

    def all(self, *kinds: str) -> Iterator[Resource]:
        """Resources of these kinds, in the order of registration within each."""
        for kind in kinds:
            yield from self.by_kind.get(kind, ())

    def follow(self, source: Resource, prop: str, *kinds: str, key: str = "") -> Refs:
        """What `prop` points to. `key`: of a list of objects, only that entry of each. Each is read once."""
        asked = (source.urn, prop, kinds, key)
        if asked not in self._followed:
            self._followed[asked] = self._follow(source, prop, kinds, key)
        return self._followed[asked]

    def _follow(self, source: Resource, prop: str, kinds: tuple[str, ...], key: str) -> Refs:
        value = source.get(prop)
        if value is None:
            return Refs()
        literals, unknowns, whole = _pieces(value, key)
        found = {one.urn: one for one in self._made_from(source, prop, kinds)}
        outside = []
        for literal in literals:
            one = next((self._named[kind, literal] for kind in kinds if (kind, literal) in self._named), None)
            if one is None:
                outside.append(literal)
            else:
                found[one.urn] = one
        strangers = [urn for urn in source.depends.get(prop, ()) if urn not in found]
        if whole:
            unknown = not found or bool(strangers)
        else:
            unknown = unknowns > len([urn for urn in source.depends.get(prop, ()) if urn in found])
        return Refs(tuple(found.values()), tuple(outside), unknown)

    def _made_from(self, source: Resource, prop: str, kinds: tuple[str, ...]) -> Iterator[Resource]:
        for urn in source.depends.get(prop, ()):
            one = self.by_urn.get(urn)
            if one is not None and one.kind in kinds:
                yield one


def _pieces(value: Value, key: str) -> tuple[list[str], int, bool]:
    """Literal strings, how many unknown pieces, and whether all of it is unknown."""
    if isinstance(value, Secret):
        value = opened(value)
    if isinstance(value, Unknown):
        return [], 1, True
    literals, unknowns = [], 0
    for item in value if isinstance(value, list) else [value]:
        piece = opened(item)
        if isinstance(piece, dict):
            if key not in piece:
                continue
            piece = opened(piece[key])
        if isinstance(piece, Unknown):
            unknowns += 1
        elif isinstance(piece, str) and piece:
            literals.append(piece)
    return literals, unknowns, False
