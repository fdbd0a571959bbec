"""Checks of PAM: the arguments of a module, and what its stack grants, worked out as libpam does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Unproven, Violation, check

Line = tuple[str, str, list[str]]
FAULT = "auth_err"
# What libpam makes of the four words (pam.conf(5)).
WORDS = {
    "required": {"success": "ok", "ignore": "ignore", "default": "bad"},
    "requisite": {"success": "ok", "ignore": "ignore", "default": "die"},
    "sufficient": {"success": "done", "default": "ignore"},
    "optional": {"success": "ok", "default": "ignore"},
}


def pam_stack(files: dict[str, list[str]], service: str, kind: str) -> list[Line]:
    """(control, module, arguments) of a service as PAM walks them, includes resolved."""
    stack: list[Line] = []
    for raw in "\n".join(files.get(service, [])).replace("\\\n", " ").split("\n"):
        line = raw.split("#", 1)[0].strip()
        if line.startswith("@include"):
            stack += pam_stack(files, line.split()[1], kind)
            continue
        if not line or line.split()[0].lstrip("-").lower() != kind:
            continue
        rest = line.split(None, 1)[1]
        bracketed = re.match(r"(\[[^]]*\])\s+(.*)", rest)
        control, rest = bracketed.groups() if bracketed else rest.split(None, 1)
        module, *arguments = rest.split()
        if control == "substack":
            raise ValueError(f"{service}: a substack ends by itself, which is not worked out here")
        if control == "include":
            stack += pam_stack(files, module, kind)
        else:
            stack.append((control, module.rpartition("/")[2], arguments))
    return stack


def _actions(control: str) -> dict[str, str]:
    if control.startswith("["):
        return {k.lower(): v.lower() for k, _, v in (word.partition("=") for word in control[1:-1].split())}
    return WORDS[control.lower()]


def walk(stack: list[Line], answer: Callable[[Line], str]) -> tuple[bool, list[Line]]:
    """Whether libpam grants, given each module's answer, and the modules that it asked."""
    grants: bool | None = None
    asked: list[Line] = []
    skip = 0
    for line in stack:
        if skip:
            skip -= 1
            continue
        said = answer(line)
        asked.append(line)
        actions = _actions(line[0])
        action = actions.get(said, actions.get("default", "bad"))
        if action.isdigit():
            skip = int(action)
        elif action == "reset":
            grants = None
        elif action in ("ok", "done"):
            grants = grants is not False and said == "success"
            if action == "done" and grants:
                break
        elif action in ("bad", "die"):
            grants = False
            if action == "die":
                break
    return bool(grants) and not skip, asked


def _answers(**given: str) -> Callable[[Line], str]:
    """Answers to a stranger: what is given, else success, the worst that an unknown module can say."""
    fixed = {"pam_deny": FAULT, "pam_rootok": FAULT, **given}

    def answer(line: Line) -> str:
        _, module, arguments = line
        name = module.removesuffix(".so")
        if name == "pam_faillock" and "authfail" in arguments:
            return FAULT
        return fixed.get(name, "success")

    return answer


def _guesses(stack: list[Line], service: str) -> list[str]:
    """A wrong password is refused and counted, and a locked account stays out even with the right one."""
    wrong = []
    granted, asked = walk(stack, _answers(pam_unix=FAULT))
    if granted:
        wrong.append(f"{service}: a wrong password is accepted")
    if not any(m == "pam_faillock.so" and "authfail" in args for _, m, args in asked):
        wrong.append(f"{service}: a wrong password is not counted")
    if walk(stack, _answers(pam_faillock=FAULT))[0]:
        wrong.append(f"{service}: a locked account is let in")
    empty = [m for _, m, args in stack if {"nullok", "nullok_secure"} & set(args)]
    return wrong + [f"{service}: {module} accepts an empty password" for module in empty]


def _weak(stack: list[Line], service: str) -> list[str]:
    """A password that the quality module refuses is neither accepted nor stored."""
    granted, asked = walk(stack, _answers(pam_pwquality=FAULT))
    stored = any(m == "pam_unix.so" for _, m, _ in asked)
    return [f"{service}: a refused password is stored all the same"] if granted or stored else []


PROOFS = {"pam_faillock.so": _guesses, "pam_pwquality.so": _weak}


def _differs(arguments: list[str], wanted: set[str], tolerated: set[str]) -> str:
    """What is wrong with a line's arguments: of two equal keys the last wins, an unknown one may undo."""
    keys = [word.partition("=")[0] for word in arguments]
    missing, strange = wanted - set(arguments), set(arguments) - wanted - tolerated
    said = [f"no {word}" for word in sorted(missing)] + [f"{word} beside it" for word in sorted(strange)]
    return ", ".join(said or [f"{key} twice" for key in sorted({k for k in keys if keys.count(k) > 1})])


@check("pam")
def pam(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Every line of the module has these arguments, and the stack of each service does what it is for."""
    files, module, kind = state.value("pam"), parameters["module"], parameters["type"]
    wanted = {k if v is True else f"{k}={v}" for k, v in parameters["arguments"].items()}
    tolerated = set(parameters.get("tolerated", []))
    wrong, evidence = [], []
    for service in (parameters["service"], *parameters.get("also", [])):
        stack = pam_stack(files, service, kind)
        lines = [(c, args) for c, m, args in stack if m == module]
        found = "; ".join(f"{c} {module} {shlex.join(a)}".strip() for c, a in lines)
        evidence.append(f"{service}/{kind}: {found or 'none'}")
        if not any(parameters["control"] in ("", c) and wanted <= set(args) for c, args in lines):
            wrong.append(
                f"{service}/{kind}: no {module} with {' '.join(sorted(wanted))}; found: {found or 'none'}"
            )
        for _, args in lines:
            preauth = (wanted - {"authfail"}) | {"preauth"}
            said = _differs(args, preauth if "preauth" in args else wanted, tolerated)
            wrong += [f"{service}/{kind}: {module}: {said}"] if said else []
        wrong += PROOFS.get(module, lambda _stack, _service: [])(stack, service)
    return Outcome(tuple(Violation(module, said) for said in dict.fromkeys(wrong)), "; ".join(evidence))


@check("private_tmp")
def private_tmp(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """No session and no service has the system's directories or another's; each login asks for its own."""
    found, files = state.value("private_tmp"), state.value("pam")
    accounts = {*parameters["probes"], *host.people}
    if missing := sorted(accounts - set(found["sessions"])):
        raise Unproven(f"no session of {', '.join(missing)} was looked at")
    shared = {name: set(found["sessions"][name]) & set(found["system"]) for name in found["sessions"]}
    wrong = [
        Violation(name, f"{name} has the system's temporary directories")
        for name, same in shared.items()
        if same and name not in parameters["shared_by"]
    ]
    # Its mounts would be its own as well: what automation mounts would not be there for the host.
    wrong += [
        Violation(name, f"{name} has temporary directories, and so mounts, of its own")
        for name, same in shared.items()
        if not same and name in parameters["shared_by"]
    ]
    own = {name: places for name, places in found["sessions"].items() if not shared[name]}
    own |= found["services"]
    holders: dict[str, list[str]] = {}
    for name, places in own.items():
        for place in places:
            holders.setdefault(place, []).append(name)
    twice = dict.fromkeys(" and ".join(names) for names in holders.values() if len(names) > 1)
    wrong += [Violation(names, f"{names} share a temporary directory") for names in twice]
    wrong += [
        Violation(unit, f"{unit} has the system's temporary directories")
        for unit, places in found["services"].items()
        if set(places) & set(found["system"])
    ]
    for service in parameters["logins"]:
        asked = [c for c, module, _ in pam_stack(files, service, "session") if module == "pam_namespace.so"]
        if asked != ["required"]:
            wrong.append(Violation(service, f"{service}/session: pam_namespace.so {asked or 'is not asked'}"))
    together = [name for name, same in shared.items() if same]
    return Outcome(
        tuple(wrong), f"apart: {', '.join(own) or 'none'}; shared: {', '.join(together) or 'none'}"
    )
