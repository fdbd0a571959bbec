"""Checks of who gets in and as whom: sshd, banner, sudo, PAM, accounts, shells of a login."""

from __future__ import annotations

import re
import shlex
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check, compare

FIRST_PERSON_UID = 1000  # Debian's policy: below are accounts of the system
NO_SHELL = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")


@check("sshd")
def sshd(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Options as `sshd -T` resolves them from all its files."""
    found = state.value("sshd")["options"]
    wanted = {key.lower(): value for key, value in parameters["options"].items()}
    return compare(wanted, {key: " ".join(found[key]) for key in wanted if key in found})


@check("banner")
def banner(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """The text that sshd shows before login."""
    shown = state.value("sshd")["banner"].split("\n")
    missing = [line for line in parameters["lines"] if line not in shown]
    extra = [line for line in shown if line and line not in parameters["lines"]]
    wrong = [Violation(line, f"not shown: {line}") for line in missing]
    wrong += [Violation(line, f"shown beside the notice: {line}") for line in extra]
    return Outcome(tuple(wrong), "shown before login: " + (" / ".join(filter(None, shown)) or "nothing"))


def effective_defaults(policy: dict[str, Any], account: str) -> dict[str, str]:
    """Defaults for an account, from sudo's own parse; a later one wins, then one for the account."""
    found: dict[str, str] = {}
    listed = policy.get("Defaults", [])
    own = [d for d in listed if {"username": account} in d.get("Binding", [])]
    for entry in (*(d for d in listed if not d.get("Binding")), *own):
        for option in entry["Options"]:
            found |= {k: str(v).lower() for k, v in option.items() if not isinstance(v, list)}
    return found


@check("sudo_defaults")
def sudo_defaults(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Defaults as sudo parses them, for root and for each account with an exception."""
    policy = state.value("sudo")
    wanted = {k: "true" if v is True else v for k, v in parameters["defaults"].items()}
    outcome = compare(wanted, dict(effective_defaults(policy, "root")))
    wrong = list(outcome.violations)
    for account, flags in parameters["exceptions"].items():
        exempt = {flag.lstrip("!"): "false" for flag in flags}
        wrong += compare({**wanted, **exempt}, dict(effective_defaults(policy, account))).violations
    return Outcome(tuple(wrong), outcome.evidence)


def _specs(policy: dict[str, Any]) -> list[tuple[list[str], dict[str, Any]]]:
    """Every command list of sudo's policy with the accounts it is for."""
    names = ("username", "usergroup", "useralias", "userid")
    found = []
    for spec in policy.get("User_Specs", []):
        listed = [(k, str(u[k])) for u in spec["User_List"] for k in names if k in u]
        who = [f"%{name}" if k == "usergroup" else name for k, name in listed]
        found += [(who, commands) for commands in spec["Cmnd_Specs"]]
    return found


def _options(commands: dict[str, Any]) -> dict[str, Any]:
    return {k: v for option in commands.get("Options", []) for k, v in option.items()}


@check("sudo_rules")
def sudo_rules(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Who may run what, from sudo's own parse of all its files."""
    assertion, exempt = parameters["assertion"], set(parameters["accounts"])
    wrong, seen = [], []
    for who, commands in _specs(state.value("sudo")):
        names = [c.get("command", "?") for c in commands["Commands"]]
        seen += who
        for account in set(who) - exempt:
            if assertion == "passwordless_only" and _options(commands).get("authenticate") is False:
                wrong.append(Violation(account, f"{account} needs no password for {', '.join(names)}"))
            if assertion == "no_negation" and any(c.get("negated") for c in commands["Commands"]):
                wrong.append(Violation(account, f"{account} has a rule that forbids: {', '.join(names)}"))
            if assertion == "explicit_commands" and ("ALL" in names or any(" " not in n for n in names)):
                wrong.append(Violation(account, f"{account} may run {', '.join(names)}"))
    return Outcome(tuple(wrong), f"rules for {', '.join(sorted(set(seen)))}")


def pam_stack(files: dict[str, list[str]], service: str, kind: str) -> list[tuple[str, str, list[str]]]:
    """(control, module, arguments) of a service as PAM walks them, includes resolved."""
    stack: list[tuple[str, str, list[str]]] = []
    for raw in files.get(service, []):
        line = raw.split("#", 1)[0].strip()
        if line.startswith("@include"):
            stack += pam_stack(files, line.split()[1], kind)
            continue
        if not line or line.split()[0].lstrip("-") != kind:
            continue
        rest = line.split(None, 1)[1]
        bracketed = re.match(r"(\[[^]]*\])\s+(.*)", rest)
        control, rest = bracketed.groups() if bracketed else rest.split(None, 1)
        module, *arguments = rest.split()
        if control in ("include", "substack"):
            stack += pam_stack(files, module, kind)
        else:
            stack.append((control, module, arguments))
    return stack


@check("pam")
def pam(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """The module stands in the service's stack, with at least these arguments."""
    service, module = parameters["service"], parameters["module"]
    stack = pam_stack(state.value("pam"), service, parameters["type"])
    wanted = {k if v is True else f"{k}={v}" for k, v in parameters["arguments"].items()}
    lines = [(c, args) for c, m, args in stack if m == module and parameters["control"] in ("", c)]
    evidence = "; ".join(f"{c} {m} {shlex.join(a)}".strip() for c, m, a in stack if m == module)
    if any(wanted <= set(args) for _, args in lines):
        return Outcome((), f"{service}/{parameters['type']}: {evidence}")
    missing = f"no {module} with {' '.join(sorted(wanted))}"
    said = f"{service}/{parameters['type']}: {missing}; found: {evidence or 'none'}"
    return Outcome((Violation(module, said),), said)


@check("accounts")
def accounts(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Accounts of the system: one root, closed service accounts, no empty password."""
    listed = state.value("accounts")
    wrong = []
    for account in listed:
        name, root = account["name"], account["uid"] == 0
        if parameters["assertion"] == "single_root":
            if root and name != "root":
                wrong.append(Violation(name, f"{name} has uid 0"))
            if name == "root" and account["password"] != "locked":
                wrong.append(Violation(name, f"root's password is {account['password']}, not locked"))
        elif not root:
            if account["password"] == "empty":
                wrong.append(Violation(name, f"{name} has an empty password"))
            if account["uid"] < FIRST_PERSON_UID and account["shell"] not in NO_SHELL:
                wrong.append(Violation(name, f"{name} has the shell {account['shell']}"))
            if account["uid"] < FIRST_PERSON_UID and account["password"] == "set":
                wrong.append(Violation(name, f"{name} has a password"))
    return Outcome(tuple(wrong), f"{len(listed)} accounts")


@check("login_shell")
def login_shell(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """What a fresh login shell of the automation account got."""
    shell = state.value("login_shell")
    if parameters["assertion"] == "umask":
        return compare({"umask": parameters["umask"]}, {"umask": shell["umask"].zfill(4)})
    wanted = {"TMOUT": str(parameters["seconds"]), "readonly": "True"}
    return compare(wanted, {"TMOUT": shell["timeout"], "readonly": str(shell["readonly"])})


@check("limits")
def limits(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Hard limits of fresh sessions, root's and an ordinary account's."""
    found = state.value("limits")
    wrong = [
        Violation(account, f"{account}: hard {item} is {value}, not {limit}")
        for item, limit in parameters["limits"].items()
        for account, value in found[item].items()
        if value != limit
    ]
    return Outcome(tuple(wrong), str(found))
