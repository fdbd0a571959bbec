"""Checks of who gets in: sshd, its banner, accounts, shells and limits of a login."""

from __future__ import annotations

from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Unproven, Violation, check, compare

FIRST_PERSON_UID = 1000  # Debian's policy: below are accounts of the system
NO_SHELL = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")


@check("sshd")
def sshd(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Options as `sshd -T` resolves them, the same for every user and source that it was asked about.

    An account that the control names gets others in their place.
    """
    everybody = {key.lower(): value for key, value in parameters["options"].items()}
    others = {
        account: {key.lower(): value for key, value in options.items()}
        for account, options in parameters.get("accounts", {}).items()
    }
    wrong: list[Violation] = []
    evidence, asked = "", 0
    for answer in state.value("sshd"):
        found = answer["options"]
        said: dict[str, str | None] = {key: " ".join(values) for key, values in found.items()}
        for user in dict.fromkeys(q.partition(",")[0].removeprefix("user=") for q in answer["asked"]):
            outcome = compare(everybody | others.get(user, {}), said)
            wrong += [Violation(v.subject, f"{v.said}, for {user}") for v in outcome.violations]
            evidence = evidence or outcome.evidence
        asked += len(answer["asked"])
    if not asked:
        raise Unproven("sshd was asked about nobody")
    return Outcome(tuple(wrong), f"{evidence}; asked for {asked} users and sources")


@check("banner")
def banner(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """The text that sshd shows before login, to everybody."""
    texts = [answer["banner"] for answer in state.value("sshd")]
    wrong: dict[Violation, None] = {}
    for text in texts:
        shown = text.split("\n")
        missing = [line for line in parameters["lines"] if line not in shown]
        extra = [line for line in shown if line and line not in parameters["lines"]]
        wrong |= {Violation(line, f"not shown: {line}"): None for line in missing}
        wrong |= {Violation(line, f"shown beside the notice: {line}"): None for line in extra}
    said = " / ".join(line for line in "\n".join(texts[:1]).split("\n") if line)
    return Outcome(tuple(wrong), f"shown before login: {said or 'nothing'}")


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
