"""Undoes gates, the last first. Each may be stopped anywhere and is gone on with by the same command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from socle.errors import FailureError, FindingError
from socle.migrate.cutover import authority
from socle.migrate.cutover.desk import Desk, Said, Step
from socle.migrate.cutover.gates import ORDER, Act, Gate, Side
from socle.migrate.cutover.source import narrowed, unlike
from socle.migrate.ends import EndError

_NAMED = 20


def back(desk: Desk, to: Gate | None, *, leave_behind: bool) -> None:
    """Undo all gates after `to`, or all. Raises FindingError beyond the point of no return, and for a gate
    that cannot be undone yet.
    """
    position = desk.passage.position
    if position.beyond_return:
        raise FindingError(
            "the deletion at the source has begun: nothing can be undone any more", desk.job.name,
            "go on with `socle migrate cutover`",
        )  # fmt: skip
    stay = ORDER.index(to) if to else -1
    while (gate := desk.passage.position.last) and ORDER.index(gate) > stay:
        if gate is Gate.SWITCHED and not leave_behind and not desk.passage.position.begun:
            _nothing_written(desk)
        if not desk.passage.position.undoing:
            desk.passage.note(Act.UNDOING, gate)
        said = _UNDO.get(gate, _nothing)(desk)
        desk.passage.note(Act.UNDONE, gate, **said)
        desk.say(f"{gate}: undone")


def _nothing(_: Desk) -> Said:
    return {}


def _nothing_written(desk: Desk) -> None:
    since = datetime.fromisoformat(desk.passage.said(Act.PASSED, Gate.SWITCHED)["since"])
    try:
        found = list(islice(authority.written_since(desk.ledger, desk.target, since), _NAMED + 1))
    except EndError as error:
        raise FailureError(str(error), desk.target.address, "run the same command again") from None
    for line in found[:_NAMED]:
        desk.say(f"since the switch {line}")
    if found:
        count = str(len(found)) if len(found) <= _NAMED else f"more than {_NAMED}"
        raise FindingError(
            f"{count} objects were written at the target since it counts",
            desk.target.address,
            "bring them to the source by hand, or say --leave-behind: they stay where they are",
        )


def _unswitch(desk: Desk) -> Said:
    digest = desk.passage.said(Act.PASSED, Gate.VERIFIED)["digest"]
    since = authority.declare(
        desk.passage.file("authority.json"), desk.target, Side.SOURCE,
        migration=desk.job.name, certificate=digest,
    )  # fmt: skip
    return {"since": since.isoformat()}


def _thaw(desk: Desk) -> Said:
    begun = desk.passage.said(Act.BEGUN, Gate.READ_ONLY)["policies"]
    passed = desk.passage.said(Act.PASSED, Gate.READ_ONLY).get("policies", begun)
    unlike(desk.owner.policies(), begun, passed, narrowed(begun))
    desk.owner.set_policies(begun)
    for name, refusal in desk.owner.refusals(wanted=False).items():
        if refusal:
            raise FindingError(
                f"this writer is still refused ({refusal})",
                name,
                "its credential ended meanwhile: renew it in its file, then run the same command again",
            )
    return {"policies": begun}


_UNDO: Mapping[Gate, Step] = {Gate.READ_ONLY: _thaw, Gate.SWITCHED: _unswitch}
