"""The command line as people meet it: one line an error, documented exit codes, help with examples."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from socle import check, cli, env
from socle.errors import ExitCode, FailureError, UnprovenError
from socle.paths import ROOT
from socle.records import RecordSet, Verdict
from socle.records.render import Format
from tests.unit.socle.strategies import record


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OS_", "PULUMI_", "SOCLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))


def socle(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """The exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["socle", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize(
    "arguments",
    [
        "nosuch",
        "check --format pdf",
        "check --lang de",
        "check --output /nonexistent/report",
        "local up --size huge",
        "hosts pin --cloud ../up",
        "hosts ssh",
        "flows --format pdf",
        "flows --stack ../up",
        "flows can local-bastion local-services",
        "flows can local-bastion local-services ssh",
        "flows can local-bastion local-services 22/icmp",
        "flows can local-bastion local-services 20-30",
        "flows can nobody local-services 22",
        "change propose nosuch --as anna --reason why",
        "change propose nosuch-platform --as anna --reason why",
        "change propose local-platform --as anna --reason why --hours 73",
        "change propose local-platform --as anna",
        "change show nothing",
        "change approve ../nothing --as bert",
        "change apply",
        "state use s3://states",
        "state use postgres://hdh:password@db/hdh",
        "state move postgres://hdh@db/hdh",
        "state lock --state s3://states",
        "state unlock local-platform",
        "state scan --file /nonexistent/dump",
        "state serve --port 70000",
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str
) -> None:
    assert socle(monkeypatch, *arguments.split()) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 1
    assert printed.err.startswith("socle: ")
    assert printed.out == ""


def test_the_script_and_the_module_are_the_same_program(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "socle", "check", "--lang", "de"],
        cwd=ROOT,
        env={**os.environ, "SOCLE_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == "socle: --lang: no such language: de; use en or fr\n"


def test_local_verbs_never_touch_a_provider(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/etc/openstack/clouds.yaml")
    assert socle(monkeypatch, "local", "down") == ExitCode.USAGE
    assert "provider" in capsys.readouterr().err


def test_an_interrupt_is_one_line_that_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("socle.env.prepare", interrupt)
    assert socle(monkeypatch, "env") == ExitCode.OWN_FAILURE
    assert capsys.readouterr().err == "socle: interrupted; run the same command again to go on\n"


@pytest.mark.parametrize("debug", ["0", "1"])
def test_an_unexpected_error_is_one_line_with_the_trace_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], debug: str
) -> None:
    def fail(**_options: object) -> None:
        raise ZeroDivisionError("seven by\nzero")

    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    monkeypatch.setenv("SOCLE_DEBUG", debug)
    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(ZeroDivisionError if debug == "1" else SystemExit) as ended:
        cli.main()
    if debug == "0":
        assert ended.value.code == ExitCode.OWN_FAILURE  # type: ignore[union-attr]
        assert len(capsys.readouterr().err.splitlines()) == 1
        assert "ZeroDivisionError" in next((tmp_path / "log").iterdir()).read_text()


@pytest.mark.parametrize(
    "verb",
    [
        "",
        "admin enrol",
        "admin list",
        "admin revoke",
        "admin sign",
        "check",
        "env",
        "shell",
        "flows",
        "flows can",
        "hosts list",
        "hosts pin",
        "hosts ssh",
        "local up",
        "local stop",
        "local down",
        "local status",
    ],
)
def test_every_verb_shows_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.app([*verb.split(), "--help"], standalone_mode=False) == 0
    shown = capsys.readouterr().out
    assert "Examples:" in shown
    assert f"socle {verb}".strip() in shown


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    cli.app(["--version"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("socle 0.")


@pytest.mark.parametrize(
    ("ended", "verdicts", "error"),
    [
        (2, ["pass"], FailureError),  # interrupted: the rest was never looked at
        (3, [], FailureError),
        (4, ["pass"], FailureError),
        (5, [], FailureError),
        (-9, ["pass", "pass"], FailureError),
        (1, ["pass"], FailureError),  # something failed that wrote no record
        (1, [], UnprovenError),
        (0, [], UnprovenError),
    ],
)
def test_records_that_cannot_be_the_whole_truth_are_never_taken_for_it(
    tmp_path: Path, ended: int, verdicts: list[str], error: type[Exception]
) -> None:
    log = tmp_path / "log"
    log.write_text("the last words\n====\n")
    with pytest.raises(error, match="the last words"):
        check.judge_run(ended, RecordSet.of(record(verdict=Verdict(v)) for v in verdicts), log)


@pytest.mark.parametrize(("ended", "verdicts"), [(0, ["pass"]), (1, ["fail"]), (1, ["pass", "unproven"])])
def test_a_run_with_its_records_is_judged_by_them(tmp_path: Path, ended: int, verdicts: list[str]) -> None:
    check.judge_run(ended, RecordSet.of(record(verdict=Verdict(v)) for v in verdicts), tmp_path / "log")


def test_a_report_goes_to_its_file_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "r.sarif"
    check.show(RecordSet.of([record(verdict=Verdict.UNPROVEN)]), Format.SARIF, report, "en")
    assert json.loads(report.read_text())["version"] == "2.1.0"
    assert capsys.readouterr().out.startswith("1 unproven -> ")
    assert [path.name for path in tmp_path.iterdir()] == ["r.sarif"]


def test_a_stack_of_another_environment_is_not_provisioned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(env, "install_home", lambda _home: None)
    assert socle(monkeypatch, "local", "provision", "--stack", "full-platform") == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "no stack of this environment: full-platform" in said
    assert "local-space-alpha" in said
