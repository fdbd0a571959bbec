"""Vulnerabilities by the tracker's data: what counts, what does not, and that silence passes nothing.

tracker.json has the shape of the tracker's data with entries made by hand: names and versions are samples.
"""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from socle import cli
from socle.errors import UnprovenError, UserError
from socle.records import Verdict
from socle.vulnerabilities import installed
from socle.vulnerabilities.cli import judge
from socle.vulnerabilities.installed import UnreadableError, of_host, of_sbom
from socle.vulnerabilities.tracker import Package, Tracker, load
from socle.vulnerabilities.versions import older

DATA = Path(__file__).with_name("tracker.json")
OLD, NEW = Package("bash", "5.2.37-2"), Package("bash", "5.2.37-2+deb13u1")
GLIBC = Package("glibc", "2.41-12")
VERSIONS = [
    "0",
    "1",
    "1~rc1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1~deb13u1",
    "1:0.9",
    "1.0.1",
    "1.0a",
    "1.0+dfsg-1",
    "10",
    "9",
]


@pytest.fixture
def tracker() -> Tracker:
    return load("trixie", DATA)


@pytest.fixture
def sbom(tmp_path: Path) -> Path:
    names = (("debian:source", "bash"), ("debian:source-version", OLD.version))
    component = {"name": "bash", "properties": [{"name": k, "value": v} for k, v in names]}
    path = tmp_path / "sbom.cdx.json"
    path.write_text(json.dumps({"components": [component]}))
    return path


@pytest.mark.parametrize("one", VERSIONS)
def test_the_order_is_dpkgs(one: str) -> None:
    for other in VERSIONS:
        asked = subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False).returncode
        assert older(one, other) is (asked == 0), (one, other)


def test_a_missing_fix_fails_and_one_that_does_not_exist_is_told(tracker: Tracker) -> None:
    behind = judge("h", [OLD, GLIBC], tracker)
    assert behind.verdict is Verdict.FAIL
    assert behind.observed == "CVE-2026-0001 bash 5.2.37-2 (fixed in 5.2.37-2+deb13u1, medium)"
    current = judge("h", [NEW, GLIBC], tracker)
    assert current.verdict is Verdict.PASS
    assert "CVE-2026-0003 glibc 2.41-12 (no fix yet, low)" in current.evidence
    assert "CVE-2026-0004" not in current.evidence
    assert "0 fixes missing, 1 without a fix" in current.evidence


def test_exit_codes(sbom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("SOCLE_CACHE", str(tmp_path / "cache"))

    def run(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["socle", "vulnerabilities", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    assert run("--sbom", str(sbom), "--data", str(DATA)) == 3
    assert "CVE-2026-0001" in capsys.readouterr().out
    sbom.write_text(sbom.read_text().replace(OLD.version, NEW.version))
    assert run("--sbom", str(sbom), "--data", str(DATA)) == 0
    assert run("--sbom", str(DATA), "--data", str(DATA)) == 2
    assert run("--sbom", str(sbom), "--data", str(tmp_path / "none")) == 2
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    capsys.readouterr()
    assert run("--sbom", str(sbom)) == 4
    said = capsys.readouterr().err
    assert "cannot be reached (no route)" in said
    assert said.count("\n") == 1


def refuse(*_: object, **__: object) -> None:
    raise urllib.error.URLError("no route")


def test_todays_copy_is_asked_for_once_and_yesterdays_is_named_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_CACHE", str(tmp_path))
    asked = []

    def answer(*words: object, **_: object) -> Any:
        asked.append(words)
        return DATA.open("rb")

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    for _ in range(2):
        assert load("trixie", today=date(2026, 11, 25)).day == date(2026, 11, 25)
    assert len(asked) == 1
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(UnprovenError, match=r"newest copy is .*tracker-2026-11-25\.json"):
        load("trixie", today=date(2026, 11, 26))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bash": {"CVE-1": {"releases": {"sid": {}}}}}'])
def test_what_is_not_the_trackers_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_text(text)
    with pytest.raises(UserError, match="give the tracker's JSON"):
        load("trixie", tmp_path / "data")


def test_a_bill_without_packages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bill").write_text('{"components": []}')
    with pytest.raises(UserError, match="names no package"):
        of_sbom(tmp_path / "bill")


def test_a_hosts_list_that_is_cut_off_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = "printf 'installed\\tdpkg\\t1.22\\ninstalled\\tbash\\t5\\nconfig-files\\tgone\\t1\\n'"

    def host_says(text: str) -> list[Package]:
        monkeypatch.setattr(installed, "command", lambda *_: ["sh", "-c", text])
        return of_host({}, "h", {})

    assert host_says(whole) == [Package("bash", "5"), Package("dpkg", "1.22")]
    for text in ("printf 'installed\\tbash\\t5\\n'", f"{whole}; exit 255"):
        with pytest.raises(UnreadableError):
            host_says(text)
