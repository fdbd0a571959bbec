"""`socle check`: runs tests/hosts, gathers the records it writes, renders them. Holds no check itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from socle import controls
from socle.env import Environment, prepare
from socle.errors import ExitCode, FailureError, UnprovenError, UserError
from socle.hosts import pins
from socle.identity import make_folder
from socle.options import CloudName, help_with
from socle.paths import ROOT
from socle.records import RecordSet, Verdict, read_lines, write_json
from socle.records.render import Format, render
from socle.records.render.table import print_table

HELP = help_with(
    "Check the live hosts against controls/hardening.yaml; unproven is never shown as pass.",
    "socle check",
    "socle check --host local-bastion --lang fr",
    "socle check --format sarif --output socle.sarif",
    note="Exit codes: 0 all hold, 2 a table of controls/ is wrong, 3 a control fails, 4 a host could not "
    "be read, 1 the checker failed.",
)
TESTS = ROOT / "tests" / "hosts" / "test_controls.py"  # its neighbours break hosts on purpose
_TESTS_RAN = (0, 1)  # pytest: all passed, or some did not; anything else is no verdict


def run(
    environment: Environment,
    hosts: list[str] | None = None,
    log: Path | None = None,
    *,
    states: Path | None = None,
) -> RecordSet:
    """Run tests/hosts on these hosts (all when none is named) and return its records.

    `log`: where the checker's own words go; several runs at once have one each. `states`: where to keep what
    hosts answered, in the same round trip also to what `socle drift` asks.

    Raises UserError when a table of controls/ is wrong, before any host is asked; FailureError when the
    checker itself failed and UnprovenError when it reached no host, so that what was left unsaid is never
    taken for good.
    """
    controls.load()
    log = log or make_folder(environment.folder / "log") / "check-hosts.log"
    with tempfile.TemporaryDirectory(prefix="socle-check-") as folder:
        written = Path(folder) / "records.jsonl"
        child = {**environment.for_child(), "SOCLE_RECORDS": str(written)}
        argv = [sys.executable, "-m", "pytest", "-q", "--tb=short", f"--records={written}", str(TESTS)]
        if states:
            argv.append(f"--states={states}")
        if hosts:
            argv += ["-k", " or ".join(hosts)]
        with log.open("wb") as stream:
            ended = subprocess.run(
                argv, env=child, cwd=ROOT, stdout=stream, stderr=stream, check=False
            ).returncode
        records = read_lines(written) if written.exists() else RecordSet()
    judge_run(ended, records, log)
    write_json(environment.folder / "records.json", records)
    return records


def judge_run(ended: int, records: RecordSet, log: Path) -> None:
    """Raises when the records cannot be the whole truth of a run of pytest that ended with `ended`."""
    if ended not in _TESTS_RAN:
        raise FailureError(f"the checks ended with {ended}: {last_line(log)}", "tests/hosts", f"see {log}")
    if not len(records):
        raise UnprovenError(f"no host could be checked: {last_line(log)}", "tests/hosts", f"see {log}")
    reasons = {record.evidence if record.verdict is Verdict.UNPROVEN else "" for record in records}
    if len(reasons) == 1 and "" not in reasons:
        raise UnprovenError(f"no host could be checked: {reasons.pop()}", "tests/hosts", f"see {log}")
    if ended and records.exit_code() is ExitCode.HOLDS:
        raise FailureError(f"a check failed without a record: {last_line(log)}", "tests/hosts", f"see {log}")


def last_line(log: Path) -> str:
    """The last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip(" =-_")]
    return lines[-1][:200] if lines else "it printed nothing"


def check(
    cloud: CloudName,
    host: Annotated[list[str] | None, typer.Option(help="Check this host only; may be repeated.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    lang: Annotated[str, typer.Option(help="Language of titles: en or fr.")] = "en",
) -> None:
    """Check the live hosts."""
    if lang not in ("en", "fr"):
        raise UserError(f"no such language: {lang}", "--lang", "use en or fr")
    if output and not output.parent.is_dir():
        raise UserError("no such folder", str(output.parent), "make it first")
    environment = prepare(cloud)
    known = {pin.name for pin in pins.load(environment.ssh_dir).values()}
    for name in host or ():
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise UserError(f"no pinned host of this name (known: {listed})", name, "run `socle hosts pin`")
    records = run(environment, host)
    show(records, form, output, lang)
    raise typer.Exit(records.exit_code())


def show(records: RecordSet, form: Format, output: Path | None, lang: str) -> None:
    """Print the report, or write it to a file and print its summary."""
    if form is Format.TABLE and output is None:
        print_table(records, Console(width=None if sys.stdout.isatty() else 140), lang)
    else:
        write(render(records, form, lang), output, records.summary())


def write(text: str, output: Path | None, summary: str) -> None:
    """Print a report, or write it to a file in one step and print its summary."""
    if output is None:
        print(text, end="")
        return
    partial = output.with_name(output.name + f".{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(output)
    print(f"{summary} -> {output}")
