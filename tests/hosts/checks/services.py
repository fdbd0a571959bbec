"""Checks of the shared services by their answers: proxy, resolver, time, logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check

FORBIDDEN, SERVED = 403, 200


@check("package_proxy")
def package_proxy(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Archives are served, everything else answers 403."""
    codes = state.value("proxy")
    wrong = [Violation(u, f"{u} answers {codes[u]}") for u in parameters["refused"] if codes[u] != FORBIDDEN]
    wrong += [Violation(u, f"{u} answers {codes[u]}") for u in parameters["admitted"] if codes[u] != SERVED]
    return Outcome(tuple(wrong), ", ".join(f"{url} {code}" for url, code in codes.items()))


@check("resolver")
def resolver(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The host's own name has one answer; names of others have none, and an error's code."""
    found = state.value("resolver")
    wrong = [Violation(n, f"{n} is not known") for n in host.domain_names if found[n]["answers"] != 1]
    for name in parameters["refused"]:
        if found[name]["answers"] or found[name]["code"] not in ("REFUSED", "NXDOMAIN"):
            wrong.append(Violation(name, f"{name} is answered: {found[name]['code']}"))
    return Outcome(tuple(wrong), ", ".join(f"{name} {one['code']}" for name, one in found.items()))


@check("time_server")
def time_server(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """An answer, from a synchronised clock (stratum 16 is none), near the host's own."""
    found = state.value("time_server")
    if not found["answered"]:
        return Outcome((Violation("time", "no answer to a time query"),), "no answer")
    wrong = []
    if not 0 < found["stratum"] <= parameters["stratum_at_most"]:
        wrong.append(Violation("stratum", f"stratum {found['stratum']}: not synchronised"))
    if found["offset"] > parameters["offset_at_most_seconds"]:
        wrong.append(Violation("offset", f"{found['offset']:.1f} s away from the host's own clock"))
    return Outcome(tuple(wrong), f"stratum {found['stratum']}, {found['offset']:.1f} s away")


@check("forwarding")
def forwarding(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """A line written now is taken by the collector, and none was dropped since the logger began."""
    found = state.value("forwarding")
    before, after = found["before"], found["after"]
    wrong = []
    if not after.get("written", 0) > before.get("written", 0):
        wrong.append(Violation("written", f"nothing was sent; {after.get('queued', 0)} lines wait"))
    if after.get("dropped", 0) > parameters["dropped"]:
        wrong.append(Violation("dropped", f"{after['dropped']} lines were dropped"))
    return Outcome(
        tuple(wrong), ", ".join(f"{k} {after.get(k, 0)}" for k in ("written", "queued", "dropped"))
    )


@check("collected")
def collected(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """Rights and attributes of every file; the collector's own host has one, so that none is not a pass."""
    found = state.value("collected")
    wrong = [] if found["own"] else [Violation(host.name, "no file of the collector's own host")]
    # The day on which a file expires is not over everywhere at once.
    oldest = datetime.now(UTC) - timedelta(days=parameters["retention_days"] + 1)
    for file in found["files"]:
        if Path(file["path"]).stem < f"{oldest:%Y-%m-%d}":
            wrong.append(Violation(file["path"], f"{file['path']} is kept beyond its time"))
        if file["owner"] != parameters["owner"]:
            wrong.append(Violation(file["path"], f"{file['path']} is {file['owner']}"))
        if file["age"] > parameters["sealed_after_seconds"] and not set("ai") & set(file["attributes"]):
            wrong.append(Violation(file["path"], f"{file['path']} is not sealed"))
    return Outcome(tuple(wrong), f"{len(found['files'])} files, {len(found['own'])} of this host")


@check("strangers")
def strangers(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Who the collector refuses, and, so that a dead one does not pass, whom it accepts."""
    found = state.value("strangers")
    wrong = [Violation(w, f"{w}: {found[w]}") for w in parameters["accepted"] if found[w] != "accepted"]
    wrong += [
        Violation(w, f"{w} certificate: {found[w]}")
        for w in parameters["refused"]
        if not found[w].startswith("refused")
    ]
    return Outcome(tuple(wrong), ", ".join(f"{who} {how}" for who, how in found.items()))
