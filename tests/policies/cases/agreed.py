"""Cases of the policy on the flow matrix, beside the matrix of this folder."""

from __future__ import annotations

from pathlib import Path

from tests.policies.cases.kit import case, egress, ingress

AGREED = {"NET-17": {"matrix": str(Path(__file__).with_name("matrix.json"))}}
OUT = egress(5432, "10.3.0.5/32")

for _what, _rules, _open in (
    ("pass", (ingress(443), OUT), []),
    ("fail-beyond", (ingress(443), ingress(8443), OUT), []),
    ("fail-missing", (ingress(443),), []),
    ("fail-wider", (ingress(443, "10.0.0.0/7"), OUT), ["NET-06", "NET-07"]),
    ("near-written-otherwise", (ingress(443, "10.7.7.7/8"), {**OUT, "protocol": "6"}), []),
):
    case("NET-17", _what, _open, settings=AGREED)(lambda c, said=_rules: c.group("group", *said))
case("NET-17", "unknown", [], ["NET-06", "NET-07"], AGREED)(
    lambda c: c.group("group", ingress(443, c.unknown()), OUT)
)
case("NET-17", "near-no-matrix")(lambda c: c.group("group", ingress(8443)))
