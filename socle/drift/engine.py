"""Code against state, and state against cloud as the engine sees it: pulumi's previews. Changes nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from socle.drift import refreshed
from socle.drift.records import AGAIN, record
from socle.drift.refreshed import STREAM, UNCHANGED
from socle.drift.wording import PREFIX
from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.paths import ROOT
from socle.records import Record, Severity, Verdict

DIFFERS = 7
"""What `pulumi refresh --expect-no-changes` ends with when the cloud is not as the state says."""
_QUIET = ("--non-interactive", "--color", "never", "--suppress-progress")
_MINUTES = 30


def exported(environment: Environment, stack: str) -> dict[str, Any]:
    """A stack's state, secrets encrypted. FailureError with pulumi's words; UserError when there is none."""
    done = _pulumi(environment, stack, "stack", "export", "--non-interactive", "--color", "never")
    if done.returncode:
        said = _words(done, done.stdout)
        if "no stack named" in said:
            raise UserError("never deployed", stack, f"bring it up: pulumi up -s {stack}")
        raise FailureError(f"its state cannot be read: {said}", stack, "see its message")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def code(environment: Environment, stack: str) -> Iterator[Record]:
    """What `pulumi up` would do now, without asking the cloud about what stands."""
    title = ("The program asks for what the state has", "Le programme demande ce que porte l'état")
    done = _pulumi(environment, stack, "preview", "--json", *_QUIET)
    try:
        steps = json.loads(done.stdout)["steps"] if done.returncode == 0 else None
    except (ValueError, KeyError):
        steps = None
    if steps is None:
        said = f"no preview: {_words(done, done.stdout)}"
        yield record("drift-code", stack, Verdict.UNPROVEN, title, evidence=said, fix=AGAIN)
        return
    changes = [step for step in steps if step["op"] not in UNCHANGED]
    for step in changes:
        _, kind, name = str(step["urn"]).rsplit("::", 2)
        fields = ", ".join(sorted(step.get("detailedDiff") or step.get("diffReasons") or ()))
        yield record(
            f"drift-code-{step['op']}",
            f"{stack} {kind.rpartition('$')[2]} {name}",
            Verdict.FAIL,
            title,
            evidence=f"`pulumi up` would {step['op']} it" + (f": {fields}" if fields else ""),
            severity=Severity.HIGH,
            fix=f"read `pulumi preview -s {stack} --diff`; then bring it up, or put the program back",
        )
    if not changes:
        said = f"{len(steps)} resources, none would change"
        yield record("drift-code", stack, Verdict.PASS, title, evidence=said)


def refresh(environment: Environment, stack: str) -> Iterator[Record]:
    """What a refresh would write into the state, by resource; the provider does not read everything back."""
    title = ("The engine sees no change", "Le moteur ne voit aucun changement")
    words = ("refresh", "--preview-only", "--expect-no-changes", "--json", *_QUIET)
    done = _pulumi(environment, stack, *words, more=STREAM)
    fix = f"read `pulumi refresh --preview-only --diff -s {stack}`"
    outcomes = refreshed.outcomes(done.stdout)
    changed = [one for one in outcomes if one.op and one.op not in UNCHANGED]
    for one in outcomes:
        kind = one.kind.removeprefix(PREFIX)
        target = f"{stack} {kind} {one.name}" + (f" ({one.id})" if one.id not in ("", one.name) else "")
        if not one.op:
            said = one.why or "the engine did not say what it found"
            yield record("drift-refresh", target, Verdict.UNPROVEN, title, evidence=said, fix=AGAIN)
        elif one not in changed:
            said = "pulumi refresh would leave it as it is"
            yield record("drift-refresh", target, Verdict.PASS, title, evidence=said)
        else:
            gone = "the provider finds it no more: pulumi refresh would take it out of the state"
            said = gone if one.op == "delete" else f"pulumi refresh would {one.op} it in the state"
            for name in one.fields or ("",):
                check = f"drift-refresh.{name}" if name else f"drift-refresh-{one.op}"
                yield record(
                    check, target, Verdict.FAIL, title, evidence=said, fix=fix, severity=Severity.HIGH
                )
    if done.returncode not in (0, DIFFERS):
        # What it prints are events, which hold states: only what it complains of may be told.
        said = f"no answer: {_words(done, refreshed.complaint(done.stdout))}"
        yield record("drift-refresh", stack, Verdict.UNPROVEN, title, evidence=said, fix=AGAIN)
    elif done.returncode == DIFFERS and not changed:
        said, step = "pulumi refresh would change the state, and names no resource", Severity.HIGH
        yield record("drift-refresh", stack, Verdict.FAIL, title, evidence=said, fix=fix, severity=step)
    elif not outcomes:
        said = "pulumi refresh would change nothing"
        yield record("drift-refresh", stack, Verdict.PASS, title, evidence=said)


def _pulumi(
    environment: Environment, stack: str, *words: str, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    argv = ["pulumi", *words, "--stack", stack]
    child = {**environment.of(stack).for_child(), **(more or {})}
    try:
        return subprocess.run(
            argv, cwd=ROOT, env=child, capture_output=True, text=True, check=False, timeout=_MINUTES * 60
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(argv, -1, "", f"no end after {_MINUTES} minutes")
    except OSError as error:
        raise FailureError(f"pulumi does not start: {error}", stack, "run `make deps`") from None


def _words(done: subprocess.CompletedProcess[str], printed: str) -> str:
    said = " ".join((done.stderr.strip() or printed.strip()).split())
    return f"pulumi ended with {done.returncode}: {said[-300:] or 'it said nothing'}"
