"""Which policies, controls and flows show a clause: derived, and nothing dangles."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies import evidence as module
from policies.evidence import claimed_without, dangling, evidence
from policies.model import POLICIES


def test_no_policy_control_or_flow_cites_a_clause_that_is_not_there() -> None:
    assert dangling() == []


def test_one_that_dangles_is_named_with_who_cites_it(tmp_path: Path) -> None:
    for folder in ("controls", "stacks"):
        (tmp_path / folder).mkdir()
    registry = (Path(module.ROOT) / "controls/clauses.yaml").read_text()
    (tmp_path / "controls/clauses.yaml").write_text(registry)
    (tmp_path / "controls/hardening.yaml").write_text("controls: [{id: SOC-1, clauses: ['hds-2:EXI-99']}]")
    (tmp_path / "stacks/flows.yaml").write_text("flows: [{name: f, clause: 'snds-2024:9.9'}]")
    found = dangling(tmp_path)
    assert "SOC-1 hds-2:EXI-99" in found
    assert "f snds-2024:9.9" in found


def test_a_clause_is_shown_by_all_three() -> None:
    (one,) = (it for it in evidence() if it.clause.id == "secnumcloud-3.2:12.8.a")
    assert {"LOG-04", "LOG-06"} <= set(one.policies)
    assert one.controls
    assert "hosts-to-time" in one.flows


def test_what_claims_to_be_shown_and_is_not_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = claimed_without()
    for name in ("NET-12", "IAM-06"):
        monkeypatch.delitem(POLICIES, name)
    assert set(before) <= set(claimed_without())
    monkeypatch.setattr(module, "POLICIES", {})
    assert len(claimed_without()) > len(before)
