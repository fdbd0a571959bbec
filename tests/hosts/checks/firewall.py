"""Checks of the loaded packet filter: one table, three chains, and accepts that are the flow table's.

Only expressions that are known to open nothing else may stand in a rule: a verdict map, a jump, a rewrite of
ports or a queue opens what `accept` alone does not show.
"""

from __future__ import annotations

from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check, compare

BASE_ACCEPTS = {"interface lo", "established"}
EXPRESSIONS = {"match", "counter", "limit", "log", "drop", "accept"}
HOOKS = ("input", "forward", "output")
IPV6 = {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": "ipv6"}
EVERYWHERE = "0.0.0.0/0"


def _cidrs(right: Any) -> list[str]:
    if isinstance(right, dict) and "prefix" in right:
        return [f"{right['prefix']['addr']}/{right['prefix']['len']}"]
    if isinstance(right, dict) and "set" in right:
        return [cidr for part in right["set"] for cidr in _cidrs(part)]
    return [f"{right}/32"]


def _ports(right: Any) -> str:
    if isinstance(right, dict):
        return "-".join(map(str, right["range"])) if "range" in right else f"unusual ports {right}"
    return str(right)


def describe(rule: dict[str, Any], side: str) -> list[str]:
    """An accepting rule as `protocol ports cidr`, one line a network; a base rule by its name."""
    protocol, ports, cidrs, names = "any", "any", [EVERYWHERE], []
    for part in rule["expr"]:
        match = part.get("match")
        if not match:
            continue
        left, right = match["left"], match["right"]
        if match["op"] not in ("==", "in"):
            return [f"unusual match {match}"]
        if "payload" in left and left["payload"].get("field") == "dport":
            protocol, ports = left["payload"]["protocol"], _ports(right)
        elif "payload" in left and left["payload"].get("field") == side:
            cidrs = _cidrs(right)
        elif left.get("meta", {}).get("key") == "l4proto":
            protocol = str(right)
        elif left.get("meta", {}).get("key") in ("iif", "oif") and right == "lo":
            names.append("interface lo")
        elif left.get("ct", {}).get("key") == "state" and set(right) == {"established", "related"}:
            names.append("established")
        else:
            return [f"unusual match {match}"]
    return names or [f"{protocol} {ports} {cidr}" for cidr in cidrs]


def _mine(entry: dict[str, Any]) -> bool:
    return entry.get("family") == "inet" and entry.get("table", entry.get("name")) == "socle"


def _chain(ruleset: list[dict[str, Any]], hook: str) -> dict[str, Any]:
    """The base chain of a hook: named after it, in the one table, which must not sleep."""
    tables = [t["table"] for t in ruleset if "table" in t]
    if any(_mine(t) and "dormant" in t.get("flags", []) for t in tables):
        return {}
    chains = [c["chain"] for c in ruleset if "chain" in c]
    found = [c for c in chains if _mine(c) and c["name"] == hook and c.get("hook") == hook]
    return found[0] if found else {}


def _rules(ruleset: list[dict[str, Any]], chain: str) -> list[dict[str, Any]]:
    return [r["rule"] for r in ruleset if "rule" in r and _mine(r["rule"]) and r["rule"]["chain"] == chain]


def _declared(flows: tuple[dict[str, Any], ...]) -> set[str]:
    return {f"{f['protocol']} {f.get('ports') or 'any'} {cidr}" for f in flows for cidr in f["remote"]}


def _strange(ruleset: list[dict[str, Any]]) -> list[str]:
    """Everything loaded beside the table, its three chains, and rules of known expressions."""
    said = []
    for entry in ruleset:
        kind, body = next(iter(entry.items()))
        if kind == "rule" and _mine(body) and body["chain"] in HOOKS:
            odd = {name for part in body["expr"] for name in part} - EXPRESSIONS
            said += [f"{body['chain']} has a rule with {name}" for name in sorted(odd)]
        elif not (
            kind == "metainfo"
            or (kind == "table" and _mine(body) and not body.get("flags"))
            or (kind == "chain" and _mine(body) and body["name"] == body.get("hook"))
        ):
            where = " ".join(str(body[k]) for k in ("family", "table", "chain", "name") if k in body)
            said.append(f"{kind} {where} is loaded, which the platform does not make")
    return list(dict.fromkeys(said))


def _drops_ipv6(rules: list[dict[str, Any]]) -> bool:
    """A rule on IPv6 alone drops it, and none before it accepts anything but the loopback interface."""
    for rule in rules:
        matches = [part["match"] for part in rule["expr"] if "match" in part]
        if matches == [IPV6] and any("drop" in part for part in rule["expr"]):
            return True
        if any("accept" in part for part in rule["expr"]) and describe(rule, "") != ["interface lo"]:
            return False
    return False


@check("nftables")
def nftables(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """The loaded rules: policies, IPv6, and accepts equal to the declared flows."""
    ruleset = state.value("nftables")
    if parameters["assertion"] == "policy":
        chain = _chain(ruleset, parameters["hook"])
        return compare({"policy": "drop"}, {"policy": chain.get("policy")})
    wrong = []
    if parameters["assertion"] == "ipv6_dropped":
        for hook in ("input", "output"):
            if not _drops_ipv6(_rules(ruleset, hook)):
                wrong.append(Violation(hook, f"{hook}: no rule drops IPv6 before anything is accepted"))
        return Outcome(tuple(wrong), f"IPv6 dropped on {2 - len(wrong)} of input and output")
    wrong += [Violation(text, text) for text in _strange(ruleset)]
    said = []
    for hook, side, flows in (
        ("input", "saddr", host.input),
        ("output", "daddr", host.output),
        ("forward", "daddr", ()),
    ):
        accepts = [r for r in _rules(ruleset, hook) if any("accept" in part for part in r["expr"])]
        found = {text for rule in accepts for text in describe(rule, side)}
        found -= set() if hook == "forward" else BASE_ACCEPTS
        declared = _declared(flows)
        wrong += [
            Violation(t, f"{hook} accepts {t}, not in the flow table") for t in sorted(found - declared)
        ]
        wrong += [Violation(t, f"{hook} lacks {t} of the flow table") for t in sorted(declared - found)]
        said += [f"{hook} {text}" for text in sorted(found)]
    return Outcome(tuple(wrong), "; ".join(said) or "nothing accepted")
