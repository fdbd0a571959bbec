"""What a gate does, and what undoing it does, in words: for who decides, before anything is done. Pure."""

from __future__ import annotations

from socle.migrate.cutover.gates import NO_RETURN, ORDER, Gate, Position
from socle.migrate.job import CutoverSpec

_UNDONE = {
    Gate.READ_ONLY: "the access policies are put back as they were, and each writer is shown to write again",
    Gate.DELTA: "nothing at either end; the target keeps its copies",
    Gate.VERIFIED: "nothing at either end; the certificate stays, and is not what counts",
    Gate.ACCEPTED: "the acceptances count no more",
    Gate.SWITCHED: "the source counts again; what the target got since is named, and not brought back",
    Gate.RETAINED: "nothing at either end; the list of what may be deleted counts no more",
}


def _does(gate: Gate, spec: CutoverSpec) -> str:
    writers = ", ".join(file.name for file in spec.writers)
    return {
        Gate.READ_ONLY: f"Access policies of the source lose what writes. {writers}: shown to write "
        "before, and to be refused after.",
        Gate.DELTA: "The source is listed again and copied until a listing finds nothing new. Copies of "
        "what was deleted at the source are removed from the target.",
        Gate.VERIFIED: "The verifier reads all of the target again; a certificate is signed.",
        Gate.ACCEPTED: "Two different persons sign that they accept the certificate "
        "(`socle migrate accept FILE --as LOGIN`).",
        Gate.SWITCHED: "Writers are tried again and the source is listed again: nothing may have "
        f"changed. Then the target counts, on record; the source is kept, read-only, "
        f"for {spec.retention_days} days.",
        Gate.RETAINED: "When these days are over by both clocks: the verifier reads all of the target "
        "again; a list of what may be deleted at the source is made of what is certified and proven anew.",
        Gate.DELETED: "Two different persons sign that they accept the deletion. Then each listed blob is "
        "deleted at the source, if it still is the version that was copied; an attestation is signed.",
    }[gate]


def forward(position: Position, spec: CutoverSpec, to: Gate) -> list[str]:
    """A line for each gate up to `to` that is not passed yet."""
    lines = []
    for gate in ORDER[position.passed : ORDER.index(to) + 1]:
        way_back = f"Undone: {_UNDONE[gate]}." if gate in _UNDONE else ""
        if gate is NO_RETURN:
            way_back = "THE POINT OF NO RETURN: once the first blob is deleted nothing is undone any more."
        lines.append(f"{ORDER.index(gate) + 1} {gate}: {_does(gate, spec)} {way_back}")
    return lines


def backward(position: Position, to: Gate | None) -> list[str]:
    """A line for each gate that is undone, the first to be undone first; `to` is the last that stays."""
    stay = ORDER.index(to) + 1 if to else 0
    upto = position.passed + (1 if position.begun else 0)
    return [f"Undo {gate}: {_UNDONE[gate]}." for gate in reversed(ORDER[stay:upto]) if gate in _UNDONE]


def standing(position: Position) -> str:
    """Where it stands, in a line."""
    if position.undoing:
        return f"cutover: undoing {position.last}, not at its end; the {position.authoritative} counts"
    done = ORDER[position.passed - 1] if position.passed else "not begun"
    now = f", {position.next} begun" if position.begun else ""
    return f"cutover: {done}{now}; the {position.authoritative} counts"
