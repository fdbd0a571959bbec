"""Checks of what the kernel says: sysctls, modules, packet filter, audit rules, AppArmor, sockets."""

from __future__ import annotations

import re
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check, compare

BASE_ACCEPTS = {"interface lo", "established", "DHCP"}


@check("sysctl")
def sysctl(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Running values; a `*` stands for every interface there is, `all` and `default` included."""
    found = state.value("sysctl")
    wanted: dict[str, str] = {}
    for key, value in parameters["values"].items():
        if "*" not in key:
            wanted[key] = value
            continue
        pattern = re.compile(re.escape(key).replace(r"\*", "[^.]+"))
        matching = [name for name in found if pattern.fullmatch(name)]
        wanted |= dict.fromkeys(matching or [key], value)
    return compare(wanted, found)


@check("modules")
def modules(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Not loaded, and what modprobe would run instead of loading is /bin/false."""
    found = state.value("modules")
    refused = {line.split()[1] for line in found["install"] if line.split()[2:] == ["/bin/false"]}
    wrong = []
    for module in parameters["modules"]:
        if module in found["loaded"]:
            wrong.append(Violation(module, f"{module} is loaded"))
        if module not in refused:
            wrong.append(Violation(module, f"modprobe would load {module}"))
    return Outcome(tuple(wrong), f"refused: {', '.join(m for m in parameters['modules'] if m in refused)}")


def _cidrs(right: Any) -> list[str]:
    if isinstance(right, dict) and "prefix" in right:
        return [f"{right['prefix']['addr']}/{right['prefix']['len']}"]
    if isinstance(right, dict) and "set" in right:
        return [cidr for part in right["set"] for cidr in _cidrs(part)]
    return [f"{right}/32"]


def describe(rule: dict[str, Any], side: str) -> list[str]:
    """An accepting rule as `protocol ports cidr`, one line a network; a base rule by its name."""
    protocol, ports, cidrs, names = "any", "any", ["0.0.0.0/0"], []
    for part in rule["expr"]:
        match = part.get("match")
        if not match:
            continue
        left, right = match["left"], match["right"]
        if match["op"] not in ("==", "in"):
            return [f"unusual match {match}"]
        if "payload" in left and left["payload"]["field"] == "dport":
            protocol = left["payload"]["protocol"]
            ports = "-".join(map(str, right["range"])) if isinstance(right, dict) else str(right)
        elif "payload" in left and left["payload"]["field"] == side:
            cidrs = _cidrs(right)
        elif left.get("meta", {}).get("key") == "l4proto":
            protocol = str(right)
        elif left.get("meta", {}).get("key") in ("iif", "oif") and right == "lo":
            names.append("interface lo")
        elif left.get("ct", {}).get("key") == "state" and set(right) == {"established", "related"}:
            names.append("established")
        elif "payload" in left and left["payload"]["field"] == "sport" and right in (67, 68):
            names.append("DHCP")
        else:
            return [f"unusual match {match}"]
    if names == ["DHCP"] and (protocol, ports) not in (("udp", "67"), ("udp", "68")):
        names = []
    return names or [f"{protocol} {ports} {cidr}" for cidr in cidrs]


def _rules(ruleset: list[dict[str, Any]], chain: str) -> list[dict[str, Any]]:
    rules = [r["rule"] for r in ruleset if "rule" in r]
    return [r for r in rules if r["chain"] == chain and r["table"] == "socle"]


def _declared(flows: tuple[dict[str, Any], ...]) -> set[str]:
    return {f"{f['protocol']} {f.get('ports') or 'any'} {cidr}" for f in flows for cidr in f["remote"]}


@check("nftables")
def nftables(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The loaded rules: policies, IPv6, and accepts equal to the declared flows."""
    ruleset = state.value("nftables")
    chains = {c["chain"]["hook"]: c["chain"] for c in ruleset if c.get("chain", {}).get("table") == "socle"}
    if parameters["assertion"] == "policy":
        hook = parameters["hook"]
        return compare({"policy": "drop"}, {"policy": chains.get(hook, {}).get("policy")})
    wrong = []
    if parameters["assertion"] == "ipv6_dropped":
        for hook in ("input", "output"):
            rules = [str(r["expr"]) for r in _rules(ruleset, hook)]
            if not any("'nfproto'" in r and "'ipv6'" in r and "'drop'" in r for r in rules):
                wrong.append(Violation(hook, f"{hook}: no rule drops IPv6"))
        return Outcome(tuple(wrong), f"IPv6 dropped on {2 - len(wrong)} of input and output")
    said = []
    for hook, side, flows in (("input", "saddr", host.input), ("output", "daddr", host.output)):
        accepts = [r for r in _rules(ruleset, hook) if any("accept" in p or "jump" in p for p in r["expr"])]
        found = {text for rule in accepts for text in describe(rule, side)} - BASE_ACCEPTS
        declared = _declared(flows)
        wrong += [
            Violation(t, f"{hook} accepts {t}, not in the flow table") for t in sorted(found - declared)
        ]
        wrong += [Violation(t, f"{hook} lacks {t} of the flow table") for t in sorted(declared - found)]
        said += [f"{hook} {text}" for text in sorted(found)]
    return Outcome(tuple(wrong), "; ".join(said) or "nothing accepted")


def audit_rule(text: str) -> frozenset[str]:
    """A rule whatever way it was written: `-w` or `-F`, order of fields and calls."""
    fields: set[str] = set()
    words = iter(text.split())
    for word in words:
        value = next(words, "")
        if word == "-S":
            fields |= {f"call={call}" for call in value.split(",") if call != "all"}
        elif word == "-F":
            fields.add(value.replace("unset", "-1"))
        elif word in ("-w", "-p", "-k"):
            fields.add({"-w": "path=", "-p": "perm=", "-k": "key="}[word] + value)
        else:
            fields.add(value)
    if any(f.startswith("perm=") for f in fields):
        # auditctl lists the calls that a permission stands for.
        fields = {f for f in fields if not f.startswith("call=")}
    return frozenset(fields)


@check("audit")
def audit(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Rules that the kernel holds, with auditing on."""
    found = state.value("audit")
    loaded = {audit_rule(line) for line in found["rules"]}
    wrong = [Violation(r, f"not loaded: {r}") for r in parameters["rules"] if audit_rule(r) not in loaded]
    if not re.search(r"^enabled [12]$", found["status"], re.M):
        wrong.append(Violation("audit", "auditing is off"))
    return Outcome(tuple(wrong), f"{len(loaded)} rules loaded")


@check("apparmor")
def apparmor(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Profiles loaded in enforce mode, none in complain mode, and the services' processes confined."""
    found = state.value("apparmor")
    modes = found.get("profiles", {})
    tolerated = (*parameters["enforced"], *parameters["complaining"])
    running = found.get("processes", {}).items()
    confined = {p for p, entries in running for e in entries if e["status"] == "enforce"}
    wrong = []
    for profile in parameters["enforced"]:
        if modes.get(profile) != "enforce":
            wrong.append(Violation(profile, f"{profile} is {modes.get(profile, 'not loaded')}"))
        elif profile not in confined:
            wrong.append(Violation(profile, f"{profile} runs unconfined"))
    wrong += [
        Violation(p, f"{p} only complains")
        for p, m in modes.items()
        if m == "complain" and p not in tolerated
    ]
    return Outcome(tuple(wrong), f"{sum(m == 'enforce' for m in modes.values())} profiles enforced")


@check("listening")
def listening(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """Every listening socket is one of the allowed; `when` is the role that it belongs to."""
    held = [a for a in parameters["allowed"] if a.get("when", "always") in host.conditions]
    allowed = {(a["protocol"], a["port"], a["process"]): a.get("address", "") for a in held}
    sockets = state.value("listening")
    said = [f"{s['protocol']}/{s['port']} {s['process'] or 'unknown'} on {s['address']}" for s in sockets]
    wrong = [
        Violation(text, f"listens: {text}")
        for s, text in zip(sockets, said, strict=True)
        if not s["address"].startswith(allowed.get((s["protocol"], s["port"], s["process"]), "nowhere"))
    ]
    return Outcome(tuple(wrong), "; ".join(said) or "nothing listens")
