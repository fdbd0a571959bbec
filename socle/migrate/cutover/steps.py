"""Passes gates, one after the other. Each may be stopped anywhere and is gone on with by the same command."""

from __future__ import annotations

from collections.abc import Mapping

from socle.migrate.cutover import proving, switching
from socle.migrate.cutover.desk import Desk, Said, Step
from socle.migrate.cutover.gates import ORDER, Act, Gate


def advance(desk: Desk, to: Gate) -> None:
    """Pass what is not passed, up to `to`. Raises SocleError at the gate that cannot be passed yet."""
    _ = desk.owner
    while (gate := desk.passage.position.next) and ORDER.index(gate) <= ORDER.index(to):
        if not desk.passage.position.begun:
            desk.passage.note(Act.BEGUN, gate, **_BEFORE.get(gate, _nothing)(desk))
        said = _PASS[gate](desk)
        desk.passage.note(Act.PASSED, gate, **said)
        desk.say(f"{ORDER.index(gate) + 1} {gate}: passed")


def _nothing(_: Desk) -> Said:
    return {}


_BEFORE: Mapping[Gate, Step] = {
    Gate.READ_ONLY: proving.before_read_only,
    Gate.VERIFIED: proving.before_verified,
    Gate.RETAINED: switching.before_retained,
    Gate.DELETED: switching.before_deleted,
}
"""What has to hold before a gate is begun, and is noted then."""
_PASS: Mapping[Gate, Step] = {
    Gate.READ_ONLY: proving.read_only,
    Gate.DELTA: proving.delta,
    Gate.VERIFIED: proving.verified,
    Gate.ACCEPTED: switching.accepted,
    Gate.SWITCHED: switching.switched,
    Gate.RETAINED: switching.retained,
    Gate.DELETED: switching.deleted,
}
