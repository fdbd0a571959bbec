"""Checks of sudo's policy, from its own parse with aliases expanded; who is not understood is not excused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check, compare

# How cvtsudoers names whom a rule is for, and how sudoers writes it.
MARKS = {
    "username": "",
    "userid": "#",
    "usergroup": "%",
    "usergid": "%#",
    "netgroup": "+",
    "nonunixgroup": "%:",
    "nonunixgid": "%:#",
}
BINDINGS = (*MARKS, "hostname", "networkaddr", "command")
ROOT = {"root", "ALL", "#0"}
UNKNOWN = "unknown kind "


def _member(entry: dict[str, Any]) -> str:
    """One user, group, host or command, as sudoers writes it where that is short."""
    kind, value = next((k, v) for k, v in entry.items() if k != "negated")
    sign = "!" if entry.get("negated") else ""
    return f"{sign}{MARKS[kind]}{value}" if kind in MARKS else f"{sign}{kind} {value}"


def _members(listed: list[dict[str, Any]]) -> list[str]:
    """Users and groups that a list takes in; one of an unknown kind says so, and is never excused."""
    named = [e for e in listed if not e.get("negated")]
    return [_member(e) if set(e) <= set(MARKS) else f"{UNKNOWN}{_member(e)}" for e in named]


def _options(entry: dict[str, Any]) -> dict[str, str]:
    """Flags and values; lists such as env_keep are left out."""
    pairs = ((k, v) for option in entry.get("Options", []) for k, v in option.items())
    return {k: str(v).lower() for k, v in pairs if not isinstance(v, list)}


def effective_defaults(policy: dict[str, Any], account: str) -> dict[str, str]:
    """Defaults for an account, from sudo's own parse; a later one wins, then one for the account."""
    found: dict[str, str] = {}
    listed = policy.get("Defaults", [])
    own = [d for d in listed if {"username": account} in d.get("Binding", [])]
    for entry in (*(d for d in listed if not d.get("Binding")), *own):
        found |= _options(entry)
    return found


def _bound(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Options that hold for some users, hosts, targets or commands only, with whom or what."""
    for entry in policy.get("Defaults", []):
        for binding in entry.get("Binding", []):
            options = _options(entry)
            unknown = set(binding) - {*BINDINGS, "negated"}
            yield _member(binding), options | ({"unknown binding": "present"} if unknown else {})


def _specs(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every account, group or other list of users, with each command list that it may run."""
    for spec in policy.get("User_Specs", []):
        for who in _members(spec["User_List"]):
            yield from ((who, commands) for commands in spec["Cmnd_Specs"])


@check("sudo_defaults")
def sudo_defaults(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Defaults for everybody; nothing bound to a user, host, target or command, and no tag, takes one back.

    sudo's parse does not tell `Defaults:root` from `Defaults>root`: both count as an exception.
    """
    policy = state.value("sudo")
    wanted = {k: "true" if v is True else v for k, v in parameters["defaults"].items()}
    exempt = {
        account: {flag.lstrip("!"): "false" for flag in flags}
        for account, flags in parameters["exceptions"].items()
    }
    outcome = compare(wanted, dict(effective_defaults(policy, "")))
    wrong = list(outcome.violations)
    for account, flags in exempt.items():
        wrong += compare({**wanted, **flags}, dict(effective_defaults(policy, account))).violations
    tagged = ((who, _options(commands)) for who, commands in _specs(policy))
    for who, options in (*_bound(policy), *tagged):
        for key, value in options.items():
            known = {**wanted, "unknown binding": "absent"}.get(key, value)
            if value not in (known, exempt.get(who, {}).get(key)):
                wrong.append(Violation(key, f"{key} is {value} for {who}, not {known}"))
    return Outcome(tuple(wrong), outcome.evidence)


def _without_password(policy: dict[str, Any]) -> Iterator[Violation]:
    """Defaults that spare somebody the password; no account is excused: rules are the place to grant that."""
    unbound = [("everybody", _options(d)) for d in policy.get("Defaults", []) if not d.get("Binding")]
    for who, options in (*unbound, *_bound(policy)):
        if options.get("authenticate") == "false":
            yield Violation(f"Defaults {who}", f"Defaults for {who} turn the password off")
        if options.get("exempt_group", "false") != "false":
            yield Violation(
                f"Defaults {who}", f"Defaults spare the group {options['exempt_group']} the password"
            )
        if options.get("timestamp_timeout", "").startswith("-"):
            yield Violation(
                f"Defaults {who}", f"Defaults for {who} ask for the password once and never again"
            )
        if "unknown binding" in options:
            yield Violation(f"Defaults {who}", f"Defaults for {who}: not understood")


def _targets(commands: dict[str, Any]) -> set[str]:
    """As whom the commands run; without a list that is root, and only a group leaves the user as is."""
    return set(_members(commands["runasusers"])) if "runasusers" in commands else {"root"}


def _explicit(command: dict[str, Any]) -> bool:
    """A command with its arguments, none of them a pattern."""
    name = str(command.get("command", ""))
    return " " in name and "*" not in name and not name.startswith("^")


def _wrong(assertion: str, who: str, commands: dict[str, Any]) -> Iterator[str]:
    names = ", ".join(str(c.get("command", "?")) for c in commands["Commands"])
    if assertion == "passwordless_only" and _options(commands).get("authenticate") == "false":
        yield f"{who} needs no password for {names}"
    if assertion == "no_negation" and any(c.get("negated") for c in commands["Commands"]):
        yield f"{who} has a rule that forbids: {names}"
    if assertion == "explicit_commands":
        if not all(_explicit(c) for c in commands["Commands"]):
            yield f"{who} may run {names}"
        elif _targets(commands) & ROOT or any(t.startswith(UNKNOWN) for t in _targets(commands)):
            yield f"{who} may run {names} as {', '.join(sorted(_targets(commands)))}"


@check("sudo_rules")
def sudo_rules(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Who may run what, from sudo's own parse of all its files."""
    policy, assertion = state.value("sudo"), parameters["assertion"]
    wrong, seen = [], set()
    for who, commands in _specs(policy):
        seen.add(who)
        if who in parameters["accounts"]:
            continue
        wrong += [Violation(who, said) for said in _wrong(assertion, who, commands)]
        if who.startswith(UNKNOWN):
            wrong.append(Violation(who, f"a rule for {who}, which is not understood"))
    if assertion == "passwordless_only":
        wrong += _without_password(policy)
    return Outcome(tuple(wrong), f"rules for {', '.join(sorted(seen))}")
