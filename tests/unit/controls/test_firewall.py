"""The check of the packet filter: what opens a port beside the flow table is seen, in whatever words."""

from __future__ import annotations

from typing import Any

import pytest

from socle.records import Verdict
from tests.unit.controls.shared import verdict


def chain(name: str, policy: str = "drop") -> dict[str, Any]:
    return {"chain": {"family": "inet", "table": "socle", "name": name, "hook": name, "policy": policy}}


def rule(hook: str, *matches: dict[str, Any], action: str = "accept") -> dict[str, Any]:
    return {
        "rule": {
            "family": "inet",
            "table": "socle",
            "chain": hook,
            "expr": [*({"match": m} for m in matches), {action: None}],
        }
    }


def payload(protocol: str, field: str, right: Any) -> dict[str, Any]:
    return {"op": "==", "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}


TABLE = {"table": {"family": "inet", "name": "socle", "handle": 1}}
LOADED: list[dict[str, Any]] = [{"metainfo": {}}, TABLE, chain("input"), chain("forward"), chain("output")]
SOURCE = payload("ip", "saddr", {"prefix": {"addr": "10.0.1.0", "len": 24}})
DECLARED = rule("input", SOURCE, payload("tcp", "dport", 22))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([DECLARED], Verdict.PASS),
        ([], Verdict.FAIL),
        ([DECLARED, rule("input", payload("tcp", "dport", 8088))], Verdict.FAIL),
        ([DECLARED, rule("input")], Verdict.FAIL),
        ([rule("input", SOURCE, payload("tcp", "dport", {"range": [22, 23]}))], Verdict.FAIL),
        ([DECLARED, rule("output", payload("udp", "dport", 53))], Verdict.FAIL),
        ([DECLARED, rule("input", payload("tcp", "sport", 67), payload("tcp", "dport", 68))], Verdict.FAIL),
        ([DECLARED, rule("input", payload("udp", "sport", 67), payload("udp", "dport", 68))], Verdict.FAIL),
        ([DECLARED, rule("input", payload("tcp", "dport", 9), action="drop")], Verdict.PASS),
        ([DECLARED, rule("input", action="jump")], Verdict.FAIL),
    ],
)
def test_accepts_are_the_flow_table(rules: list[dict[str, Any]], expected: Verdict) -> None:
    assert verdict("SOC-NFT-05", "nftables", [*LOADED, *rules]) is expected


def test_an_accepting_or_absent_policy_fails() -> None:
    assert verdict("SOC-NFT-01", "nftables", [chain("input")]) is Verdict.PASS
    assert verdict("SOC-NFT-01", "nftables", [chain("input", "accept")]) is Verdict.FAIL
    assert verdict("SOC-NFT-01", "nftables", []) is Verdict.FAIL


def mapped(**verdicts: Any) -> dict[str, Any]:
    """`tcp dport vmap { 8088 : accept }` as nft lists it."""
    key = {"payload": {"protocol": "tcp", "field": "dport"}}
    return {"vmap": {"key": key, "data": {"set": [[8088, verdicts]]}}}


@pytest.mark.parametrize(
    "expression",
    [
        mapped(accept=None),
        {"jump": {"target": "elsewhere"}},
        {"goto": {"target": "elsewhere"}},
        {"queue": {"num": 0}},
        {"dnat": {"port": 22}},
        {"notrack": None},
        {"mangle": {"key": {"ct": {"key": "state"}}, "value": "established"}},
    ],
    ids=lambda e: next(iter(e)),
)
def test_an_expression_that_may_open_something_fails(expression: dict[str, Any]) -> None:
    odd = rule("input")
    odd["rule"]["expr"] = [expression]
    assert verdict("SOC-NFT-05", "nftables", [*LOADED, DECLARED, odd]) is Verdict.FAIL


@pytest.mark.parametrize(
    "entry",
    [
        {"table": {"family": "ip", "name": "nat"}},
        {"chain": {"family": "inet", "table": "socle", "name": "more", "hook": "input", "policy": "drop"}},
        {"chain": {"family": "ip", "table": "nat", "name": "prerouting", "hook": "prerouting"}},
        {"rule": {"family": "ip", "table": "nat", "chain": "input", "expr": [{"redirect": {"port": 22}}]}},
        {"map": {"family": "inet", "table": "socle", "name": "verdicts"}},
        {"flowtable": {"family": "inet", "table": "socle", "name": "fast"}},
        rule("forward"),
    ],
    ids=lambda e: next(iter(e)),
)
def test_anything_loaded_beside_the_table_fails(entry: dict[str, Any]) -> None:
    assert verdict("SOC-NFT-05", "nftables", [*LOADED, DECLARED]) is Verdict.PASS
    assert verdict("SOC-NFT-05", "nftables", [*LOADED, DECLARED, entry]) is Verdict.FAIL


def test_a_decoy_chain_or_a_sleeping_table_does_not_hold_the_policy() -> None:
    decoy = chain("more") | {}
    decoy["chain"] = decoy["chain"] | {"name": "more", "hook": "input"}
    assert verdict("SOC-NFT-01", "nftables", [TABLE, chain("input", "accept"), decoy]) is Verdict.FAIL
    asleep = {"table": TABLE["table"] | {"flags": ["dormant"]}}
    assert verdict("SOC-NFT-01", "nftables", [asleep, chain("input")]) is Verdict.FAIL


def nfproto(**more: Any) -> dict[str, Any]:
    return {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": "ipv6"} | more


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("input", nfproto(), action="drop")], Verdict.PASS),
        ([rule("input", nfproto(op="!="), action="drop")], Verdict.FAIL),
        ([rule("input", nfproto(), payload("tcp", "dport", 9), action="drop")], Verdict.FAIL),
        ([rule("input"), rule("input", nfproto(), action="drop")], Verdict.FAIL),
        ([], Verdict.FAIL),
    ],
)
def test_ipv6_is_dropped_whole_and_first(rules: list[dict[str, Any]], expected: Verdict) -> None:
    output = rule("output", nfproto(), action="drop")
    assert verdict("SOC-NFT-04", "nftables", [*LOADED, *rules, output]) is expected
