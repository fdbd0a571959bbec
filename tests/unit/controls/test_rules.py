"""The tables of controls/ are refused, in one line with file and line, when they contradict one another."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from socle import check
from socle.controls import Status, load
from socle.controls.rules import GUIDE
from socle.errors import ExitCode, UserError
from socle.paths import ROOT

HARDENING, RECOMMENDATIONS = "controls/hardening.yaml", "controls/recommendations.yaml"
R9 = '    status: enforced\n  - id: "anssi-bp-028:R10"'
KINDS, WAIVERS = "controls/kinds.yaml", "controls/waivers.yaml"
ROOT_LOGIN = 'anssi: [R33, R67]\n    level: intermediary\n    other_ids: ["CIS-Debian:5.1"]'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the catalogue is judged by."""
    for folder in ("controls", "roles", "tests/hosts/checks"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(ROOT / "localcloud/image", tmp_path / "localcloud/image")
    return tmp_path


def spoil(tree: Path, file: str, old: str, new: str) -> UserError:
    """What is said once `old` of a file is `new`."""
    text = (tree / file).read_text()
    assert old in text, f"{file} has no {old}"
    (tree / file).write_text(text.replace(old, new, 1))
    with pytest.raises(UserError) as error:
        load(tree)
    return error.value


def test_the_committed_tables_agree() -> None:
    found = load()
    assert [r.number for r in found.recommendations if r.guide == GUIDE] == [f"R{n}" for n in range(1, 81)]
    assert set(found.kinds) == {control.kind for control in found.controls}


def test_every_class_a_recommendation_is_carried_or_says_why_not() -> None:
    for one in load().recommendations:
        if "A" in one.classes and one.status is not Status.ENFORCED:
            assert one.reason, one.id
            assert one.reason.en != one.reason.fr, one.id


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        # a recommendation and what carries it
        (
            RECOMMENDATIONS,
            "    status: not-applicable\n    reason:",
            "    status: enforced\n    gap:",
            "recommendations.yaml:[0-9]+: anssi-bp-028:R24 is said to be enforced, but no control names it",
        ),
        (
            HARDENING,
            "anssi: [R11]",
            "anssi: [R81]",
            "hardening.yaml:[0-9]+: SOC-KRN-02: anssi-bp-028 has no R81",
        ),
        (HARDENING, '["anssi-bp-028:R11"]', '["anssi-bp-028:R99"]', "SOC-KRN-02: .*R11 is missing"),
        (HARDENING, '"anssi-dat-nt-007:root-login"', '"anssi-dat-nt-007:rot"', "has no anssi-dat-nt-007:rot"),
        (
            HARDENING,
            ROOT_LOGIN,
            ROOT_LOGIN.replace("intermediary", "high"),
            "SOC-SSH-01: none of its .* is high",
        ),
        (RECOMMENDATIONS, 'id: "anssi-bp-028:R5"', 'id: "anssi-bp-028:R81"', "anssi-bp-028:R5 is missing"),
        (RECOMMENDATIONS, 'id: "anssi-bp-028:R80"', 'id: "anssi-bp-028:R79"', "R79 stands twice"),
        (
            RECOMMENDATIONS,
            R9,
            R9.replace("enforced", "open\n    reason: {en: not yet, fr: pas encore}"),
            "R9 is said to be open, but SOC-KRN-01 carries it",
        ),
        (RECOMMENDATIONS, R9, R9.replace("enforced", "open"), "R9 is open without a reason; say why"),
        (RECOMMENDATIONS, "    shown_by:", "    shown:", "unknown key"),
        (
            RECOMMENDATIONS,
            ', fr: "Paramétrer les options IPv4"',
            "",
            ":[0-9]+: 'title.fr' is missing; add it",
        ),
        # controls
        (
            HARDENING,
            "  - id: SOC-SSH-02",
            "  - id: SOC-SSH-01",
            "hardening.yaml:[0-9]+: SOC-SSH-01 stands twice",
        ),
        (
            HARDENING,
            "    mutation: echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/00-mutation.conf\n",
            "",
            "hardening.yaml:[0-9]+: 'mutation' is missing; add it",
        ),
        (HARDENING, "kind: banner", "kind: banners", "no kind is called banners; .*/kinds.yaml"),
        # kinds, roles and checks
        (KINDS, "  banner:\n", "  poster:\n", "no kind is called banner|no check reads kind poster"),
        (
            KINDS,
            "rendered_by: bastion",
            "rendered_by: resolver",
            "kinds.yaml:[0-9]+: role resolver nowhere renders kind jump",
        ),
        (
            KINDS,
            "roles/baseline/templates/nftables.conf.j2",
            "roles/baseline/templates/pf.conf.j2",
            "which does not exist",
        ),
        (
            "tests/hosts/checks/kernel.py",
            '@check("modules")',
            '@check("module")',
            "no check reads kind modules",
        ),
        (
            "roles/baseline/templates/limits.conf.j2",
            "'limits'",
            "'limit'",
            "role baseline nowhere renders kind limits",
        ),
        # waivers
        (
            WAIVERS,
            "SOC-SUDO-03",
            "SOC-SUDO-33",
            "waivers.yaml:6: no control is called SOC-SUDO-33; correct the id",
        ),
        (WAIVERS, "    expiry: 2027-05-21\n", "", "waivers.yaml:6: 'expiry' is missing; add it"),
        (
            WAIVERS,
            "2027-05-21",
            "2027-06-21",
            "waivers.yaml:6: .*it runs 210 days; give one 1 to 180 days",
        ),
        (WAIVERS, "2027-05-21", "2026-11-23", "it runs 0 days"),
        (WAIVERS, '[automation, "%sudo"]', "[]", "waivers.yaml:8: accounts"),
        (WAIVERS, "hosts: [all]", "hosts: []", "waivers.yaml:7: hosts"),
        (
            WAIVERS,
            "approver: security officer (RSSI)",
            "approver: platform engineering",
            "both owns and approves it",
        ),
        (WAIVERS, "waivers:", "waiver:", "its keys must be version, waivers"),
    ],
)
def test_what_contradicts_is_refused(tree: Path, file: str, old: str, new: str, said: str) -> None:
    error = spoil(tree, file, old, new)
    assert error.exit_code is ExitCode.USAGE
    assert "\n" not in str(error)
    assert re.search(said, str(error)), str(error)


def test_a_wrong_table_stops_the_checks_before_a_host_is_asked(
    tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tree / WAIVERS).write_text((tree / WAIVERS).read_text().replace("    expiry: 2027-05-21\n", ""))
    monkeypatch.setattr(check.controls, "load", lambda: load(tree))
    monkeypatch.setattr(check, "prepare", lambda _cloud: SimpleNamespace(ssh_dir=tmp_path, folder=tmp_path))
    monkeypatch.setattr(check.subprocess, "run", lambda *_args, **_more: pytest.fail("a host was asked"))
    with pytest.raises(UserError, match=r"^controls/waivers.yaml:6: 'expiry' is missing; add it$"):
        check.check("local")
