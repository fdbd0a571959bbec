"""Checks of the object gateway: what it lets through, whom its tables name, and how little it may itself."""

from __future__ import annotations

from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check

UNREACHED = ("passed, 502", "passed, 503", "passed, 504")


@check("object_gateway")
def object_gateway(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """The store answers what is declared; the gateway itself answers all else."""
    said = state.value("gateway")
    wrong = [Violation(q, f"{q}: {said[q]}") for q in parameters["refused"] if said[q] != "refused"]
    for question in parameters["admitted"]:
        if not said[question].startswith("passed") or said[question] in UNREACHED:
            wrong.append(Violation(question, f"{question}: {said[question]}"))
    refused = sum(1 for answer in said.values() if answer == "refused")
    return Outcome(tuple(wrong), f"{refused} of {len(said)} refused by the gateway")


@check("object_tables")
def object_tables(_parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The running process knows the declared clients, containers and credentials, and no more."""
    found, wanted = state.value("gateway_tables"), tables(host)
    wrong = [
        Violation(f"{name} {line}", f"{name}: {line} is {'not there' if line in lines else 'not declared'}")
        for name, lines in wanted.items()
        for line in sorted(lines ^ {*found[name]})
    ]
    return Outcome(tuple(wrong), ", ".join(f"{len(lines)} {name}" for name, lines in found.items()))


def tables(host: Host) -> dict[str, set[str]]:
    """What the plan says; the host itself is a client too, of a container that does not exist."""
    clients, account = host.objects["clients"], host.objects["account"]
    environment = host.name.partition("-")[0]
    return {
        "clients": {f"{host.own_address}/32 _self"}
        | {f"{network} {one['name']}" for one in clients for network in one["networks"]},
        "containers": {f"_self|{account}/{environment}-gateway-check read"}
        | {
            f"{one['name']}|{account}/{container} {right}"
            for one in clients
            for container, right in one["containers"].items()
        },
        "logins": {
            f"{one['name']}|{credential} admitted"
            for one in clients
            for credential in host.objects["credentials"].get(one["name"], [])
        },
    }


@check("object_cage")
def object_cage(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """No process of it is root, has a capability, or may make any system call."""
    found = state.value("gateway_cage")
    wrong = [] if found else [Violation("haproxy", "no process of the gateway")]
    for pid, said in found.items():
        if said["Uid"] == "0":
            wrong.append(Violation("Uid", f"process {pid} is root's"))
        for key, value in parameters["status"].items():
            if said[key] != value:
                wrong.append(Violation(key, f"process {pid}: {key} is {said[key]}, not {value}"))
    return Outcome(tuple(wrong), f"{len(found)} processes")
