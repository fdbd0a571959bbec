"""Runs of steps: progress, timings, resuming, failing in one line, and leaving no child behind."""

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.local import child
from socle.local.progress import HEARTBEAT, PlainReporter
from socle.local.run import Context, Step, run_steps
from socle.paths import ROOT

PYTHON = sys.executable


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    variables = {
        "SOCLE_STACK": "local-platform",
        "SOCLE_SSH_DIR": str(tmp_path),
        "OS_CLIENT_CONFIG_FILE": "x",
    }
    return Environment("local", tmp_path, variables)


def _tool(code: str) -> Step:
    return Step("tool", "Run a tool", lambda context: context.tool(PYTHON, "-c", code) and None)


def test_steps_run_in_order_and_say_what_is_next(environment: Environment) -> None:
    out, order = io.StringIO(), []
    steps = [Step(n, f"Do {n}", lambda c: order.append(c.log.stem)) for n in ("one", "two")]
    assert run_steps(steps, environment, PlainReporter(out), "again").keys() == {"one", "two"}
    assert order == ["one", "two"]
    assert out.getvalue().splitlines()[0] == "[1/2] Do one; next: Do two"
    assert out.getvalue().splitlines()[2] == "[2/2] Do two"


def test_a_failing_tool_is_one_line_with_step_reason_log_and_how_to_resume(environment: Environment) -> None:
    said = ("Diagnostics:", "error: No valid host was found", "error: update failed")
    code = f"print(*{said}, sep=chr(10)); exit(255)"
    never = Step("never", "Never", lambda _c: pytest.fail("the run went on"))
    with pytest.raises(FailureError) as error:
        run_steps([_tool(code), never], environment, PlainReporter(io.StringIO()), "socle local up")
    line = str(error.value)
    assert "\n" not in line
    for part in (
        "step 1/2, tool",
        "ended with 255",
        "No valid host was found",
        "tool.log",
        "`socle local up`",
    ):
        assert part in line
    assert "Diagnostics:" in (environment.folder / "log" / "tool.log").read_text()


def test_each_step_leaves_its_seconds_and_outcome(environment: Environment) -> None:
    run_steps([_tool("pass")], environment, PlainReporter(io.StringIO()), "again")
    with pytest.raises(FailureError):
        run_steps([_tool("exit(1)")], environment, PlainReporter(io.StringIO()), "again")
    lines = [json.loads(line) for line in (environment.folder / "timings.jsonl").read_text().splitlines()]
    assert [(entry["step"], entry["outcome"]) for entry in lines] == [("tool", "done"), ("tool", "failed")]
    assert all(entry["seconds"] >= 0 and entry["version"] for entry in lines)


def test_exit_codes_that_a_step_accepts_are_handed_back(environment: Environment, tmp_path: Path) -> None:
    context = Context(environment, PlainReporter(io.StringIO()), tmp_path / "log")
    assert context.tool(PYTHON, "-c", "exit(3)", accept=(0, 3)) == 3


def test_a_daemon_that_keeps_its_output_open_does_not_hold_the_run_up(tmp_path: Path) -> None:
    code = "import subprocess,sys; p=subprocess.Popen(['sleep','30'],start_new_session=True); print(p.pid)"
    began = time.monotonic()
    assert child.run([PYTHON, "-c", code], os.environ, tmp_path / "log", lambda _l: None) == 0
    os.kill(int(child.last_line(tmp_path / "log")), signal.SIGKILL)
    assert time.monotonic() - began < 10


def test_the_newest_line_is_handed_on_while_the_tool_works(tmp_path: Path) -> None:
    seen: list[str] = []
    code = "import time; print('\\x1b[32mcreating server\\x1b[0m', flush=True); time.sleep(1.3)"
    child.run([PYTHON, "-c", code], os.environ, tmp_path / "log", seen.append)
    assert "creating server" in seen


RUNNER = """
import io, pathlib, sys
from socle.env import Environment
from socle.local.progress import PlainReporter
from socle.local.run import Step, run_steps
folder = pathlib.Path(sys.argv[1])
env = Environment("local", folder, {"SOCLE_STACK": "s-platform", "OS_CLIENT_CONFIG_FILE": "x"})
code = '''
import os, sys, time
open(sys.argv[1] + "/pid.tmp", "w").write(str(os.getpid()))
os.rename(sys.argv[1] + "/pid.tmp", sys.argv[1] + "/pid")
try:
    time.sleep(60)
except KeyboardInterrupt:
    open(sys.argv[1] + "/gentle", "w").close()
'''
step = Step("long", "Long", lambda c: c.tool(sys.executable, "-c", code, str(folder)))
run_steps([step], env, PlainReporter(), "x")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_a_run_is_ended_its_tool_ends_gently_too(tmp_path: Path, number: signal.Signals) -> None:
    # As a shell starts its background jobs; only who is to be interrupted must hear it.
    heard = "--default-signal=INT" if number is signal.SIGINT else "--ignore-signal=INT"
    runner = subprocess.Popen(
        ["env", heard, PYTHON, "-c", textwrap.dedent(RUNNER), str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _wait_for((tmp_path / "pid").exists)
    pid = int((tmp_path / "pid").read_text())
    runner.send_signal(number)
    runner.wait(20)
    _wait_for(lambda: not _runs(pid))
    assert (tmp_path / "gentle").exists()


def test_two_runs_on_one_environment_are_refused_and_a_dead_one_blocks_nothing(
    environment: Environment,
) -> None:
    def second(_context: Context) -> None:
        with pytest.raises(UserError, match=f"another run works .*process {os.getpid()}"):
            run_steps([_tool("pass")], environment, PlainReporter(io.StringIO()), "again")

    for _ in range(2):
        run_steps([Step("first", "First", second)], environment, PlainReporter(io.StringIO()), "again")


def test_without_a_terminal_a_long_step_still_shows_life() -> None:
    now, out = [0.0], io.StringIO()
    reporter = PlainReporter(out, lambda: now[0])
    reporter.start(1, 2, "Start OpenStack", "")
    for second in range(int(HEARTBEAT * 2) + 1):
        now[0] = float(second)
        reporter.line("nova: waiting")
    assert out.getvalue().count("nova: waiting") == 2


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (
            "ok\nfatal: [h]: UNREACHABLE! => connection refused\nPLAY RECAP ***\nh : ok=1 failed=1\n",
            "fatal: [h]",
        ),
        (
            "  * Error creating server: quota\n  error: 1 error occurred:\n  error: update failed\n",
            "* Error creating",
        ),
        ("one\n\x1b[31mtwo\x1b[0m\n\n----\n", "two"),
        ("", "it printed nothing"),
    ],
)
def test_the_line_that_says_why_is_found(tmp_path: Path, log: str, line: str) -> None:
    (tmp_path / "log").write_text(log)
    assert child.telling_line(tmp_path / "log").startswith(line)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait_for(condition: object) -> None:
    end = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "did not happen within 20 s"
        time.sleep(0.05)
