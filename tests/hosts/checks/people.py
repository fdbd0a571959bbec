"""Checks of the ways that are not automation's own: a bastion's jump, and named people."""

from __future__ import annotations

from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Unproven, Violation, check, compare


def _asked(state: State, account: str) -> list[dict[str, Any]]:
    """sshd's answers about an account; Unproven when it was not asked."""
    about = f"user={account},"
    found = [
        answer
        for answer in state.value("sshd")
        if any(question.startswith(about) for question in answer["asked"])
    ]
    if not found:
        raise Unproven(f"sshd was not asked about {account}")
    return found


def _options(state: State, account: str, wanted: dict[str, str]) -> Outcome:
    """The options that sshd gives an account, from whatever source it comes."""
    lowered = {key.lower(): value for key, value in wanted.items()}
    wrong: list[Violation] = []
    evidence = ""
    for answer in _asked(state, account):
        outcome = compare(lowered, {key: " ".join(answer["options"].get(key, ["none"])) for key in lowered})
        wrong += [Violation(account, f"{violation.said}, for {account}") for violation in outcome.violations]
        evidence = outcome.evidence
    return Outcome(tuple(dict.fromkeys(wrong)), evidence)


@check("sshd_accounts")
def sshd_accounts(_parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """Who may log in, as sshd resolves it for every user and source: exactly the declared accounts."""
    wrong: dict[Violation, None] = {}
    answers = state.value("sshd")
    for answer in answers:
        found = set(" ".join(answer["options"].get("allowusers", [])).split())
        for account in sorted(found - set(host.accounts)):
            wrong[Violation(account, f"{account} may log in, which nothing declares")] = None
        for account in sorted(set(host.accounts) - found):
            wrong[Violation(account, f"{account} may not log in")] = None
    if not answers:
        raise Unproven("sshd was asked about nobody")
    return Outcome(tuple(wrong), f"declared: {', '.join(host.accounts)}")


@check("jump")
def jump(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The account that forwards: where to, and that it can do nothing else."""
    account, port = parameters["account"], parameters["port"]
    outcome = _options(state, account, parameters["options"])
    wrong = list(outcome.violations)
    declared = {f"{address}:{port}" for address in host.administered} or {"none"}
    for answer in _asked(state, account):
        found = set(" ".join(answer["options"].get("permitopen", ["any"])).split())
        wrong += [Violation(place, f"{account} reaches {place}") for place in sorted(found - declared)]
        wrong += [Violation(place, f"{account} does not reach {place}") for place in sorted(declared - found)]
    return Outcome(tuple(dict.fromkeys(wrong)), f"{outcome.evidence}; to {len(declared)} places")


@check("people_login")
def people_login(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """Certificates of one authority, for one's own name; lists of nobody else, no keys at home."""
    wrong: list[Violation] = []
    for login in host.people:
        wrong += _options(state, login, parameters["options"]).violations
    found = state.value("identities")
    lists = found["principals"]
    for login in host.people:
        if lists.get(login) != [f"admin:{login}"]:
            wrong.append(Violation(login, f"certificates for {lists.get(login)} open the account {login}"))
    jumping = set(lists) & (set(host.accounts) - set(host.people))
    for name in sorted(set(lists) - set(host.people) - jumping):
        wrong.append(Violation(name, f"a list of principals for {name}, which is nobody's account"))
    for name in sorted(jumping):
        wanted = {f"restrict,port-forwarding admin:{login}" for login in host.jumpers}
        wrong += [Violation(name, f"{name} lets {line!r} in") for line in lists[name] if line not in wanted]
    if found["authorities"] > 1:
        wrong.append(Violation("authority", f"{found['authorities']} authorities count, not one at most"))
    wrong += [Violation(path, f"{path} is there, though nothing reads it") for path in found["keys"]]
    return Outcome(tuple(wrong), f"{len(host.people)} people, lists of {', '.join(sorted(lists))}")


@check("recorded")
def recorded(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """A shell that was just opened for each person is in the journal, and its terminal was not theirs."""
    wrong: list[Violation] = []
    found = state.value("recorded")
    for login in host.people:
        wrong += _options(state, login, parameters["options"]).violations
        seen = found[login]
        if not seen["recorded"]:
            wrong.append(Violation(login, f"a shell of {login} is not in the journal: {seen['shown']!r}"))
            continue
        if seen["terminal"] != "root":
            wrong.append(Violation(login, f"{login} can write past the record: {seen['terminal']!r} owns it"))
        if not seen["whole"]:
            wrong.append(Violation(login, f"entries of a session of {login} are missing from the journal"))
        if not seen["apart"]:
            wrong.append(Violation(login, f"{login} sees terminals of other sessions"))
        if not seen["masked"]:
            wrong.append(Violation(login, f"a service manager starts for {login}, outside the record"))
        if not seen["caged"]:
            wrong.append(Violation(login, f"programs can give {login} more rights"))
    return Outcome(tuple(wrong), f"shells of {', '.join(host.people)} recorded")
