"""Executes steps along their order, several at a time, and says what happens."""

import subprocess
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from localcloud import processes, ready, render, walls
from localcloud.errors import CloudError
from localcloud.model import Cloud
from localcloud.steps import Step

READY_TIMEOUT = 300.0
HEAVY_AT_ONCE = 3
"""Database syncs at a time: more only fight for the two cores."""
WORKERS = 24

Call = Callable[["Runner"], None]
Say = Callable[[str], None]


class Runner:
    """One `up`: a cloud, its steps, and the values their texts are rendered with."""

    def __init__(self, cloud: Cloud, order: list[Step], values: dict[str, Any], calls: dict[str, Call], say: Say):
        """Nothing is started yet."""
        self.cloud, self.order, self.values, self.calls, self.say = cloud, order, values, calls, say
        self.begun = time.monotonic()
        self.wall_clock = time.time()
        self.started: set[str] = set()
        self._heavy = threading.Semaphore(HEAVY_AT_ONCE)
        self._broken = threading.Event()

    def text(self, value: str) -> str:
        """Render one string."""
        return render.text(value, self.values)

    def environment(self, step: Step) -> dict[str, str]:
        """The whole environment of a step's processes."""
        etc = self.cloud.folder("etc")
        base = {"PATH": self.values["path"], "HOME": str(etc / "home"), "LANG": "C.UTF-8", "TMPDIR": "/tmp",  # noqa: S108
                "PYTHONUNBUFFERED": "1", "VIRTUAL_ENV": str(self.values["venv"])}
        base["OS_KEYSTONE_CONFIG_FILES"] = str(etc / "keystone/keystone.conf")
        return base | {key: self.text(value) for key, value in step.env.items()}

    def command(self, step: Step) -> list[str]:
        """The argument list of a process step."""
        if step.kind == "process":
            return [self.text(word) for word in step.body]
        options = step.body
        where = ["--wsgi-file", self.text(options["file"])] if "file" in options else [
            "--module", f"{options['module']}:application"]
        return [
            "uwsgi", "--http-socket", f"127.0.0.1:{options['port']}", "--virtualenv", str(self.values["venv"]), *where,
            "--processes", str(options.get("processes", 1)), "--threads", str(options.get("threads", 4)),
            "--master", "--lazy-apps", "--enable-threads", "--need-app", "--buffer-size", "65535",
            "--http-chunked-input", "--http-auto-chunked", "--http-raw-body", "--add-header", "Connection: close",
            "--die-on-term", "--procname-prefix-spaced", f"socle-{self.cloud.name} {step.name}", "--listen", "128",
        ]

    def marker(self, step: Step) -> Path:
        """The file that says a once-step is done for this cloud's life."""
        return self.cloud.folder("state") / "done" / step.name

    def run_all(self, targets: set[str] | None = None) -> None:
        """Execute every step not done yet; the first failure stops new starts and is raised."""
        todo = {step.name: step for step in self.order if targets is None or step.name in targets}
        done: set[str] = set()
        total = len(todo)
        running: dict[Future[str], Step] = {}
        with ThreadPoolExecutor(WORKERS) as pool:
            while todo or running:
                for name, step in list(todo.items()):
                    if all(need in done for need in step.after) and not self._broken.is_set():
                        running[pool.submit(self._timed, step)] = todo.pop(name)
                if not running:
                    break
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    step = running.pop(future)
                    try:
                        outcome = future.result()
                    except BaseException:
                        self._broken.set()
                        raise
                    done.add(step.name)
                    if outcome:
                        busy = ", ".join(sorted(other.name for other in running.values())[:4])
                        self.progress(f"{len(done):2}/{total} {step.name} {outcome}", busy)

    def progress(self, what: str, busy: str = "") -> None:
        """One line: elapsed seconds, what happened, what is under way."""
        tail = f" · under way: {busy}" if busy else ""
        self.say(f"[{time.monotonic() - self.begun:6.1f} s] {what}{tail}")

    def _timed(self, step: Step) -> str:
        begun = time.monotonic()
        try:
            changed = self._execute(step)
        except CloudError:
            raise
        except Exception as error:
            # Clients of the APIs raise many kinds; the trace is for the log, the sentence for the person.
            log = processes.log_file(self.cloud, step.name)
            with log.open("a") as output:
                traceback.print_exc(file=output)
            raise CloudError(f"{step.name}: {type(error).__name__}: {error} (log: {log})") from error
        return f"{changed} in {time.monotonic() - begun:.1f} s" if changed else ""

    def _execute(self, step: Step) -> str:
        if step.is_process:
            return self.start(step)
        if step.is_once and self.marker(step).exists():
            return ""
        if step.kind in ("call", "once_call"):
            self.calls[step.body](self)
        elif step.kind == "once":
            with self._heavy:
                self._commands(step, step.body)
        else:
            self._commands(step, step.body)
        if step.is_once:
            self.marker(step).parent.mkdir(parents=True, exist_ok=True)
            self.marker(step).touch()
        return "done"

    def _commands(self, step: Step, commands: list[Any]) -> None:
        for entry in commands:
            spec = entry if isinstance(entry, dict) else {"run": entry}
            if "creates" in spec and Path(self.text(spec["creates"])).exists():
                continue
            # nova's cell URLs carry single-brace placeholders, which Jinja leaves alone.
            command = [*walls.enter(self.cloud), *(self.text(word) for word in spec["run"])]
            with processes.log_file(self.cloud, step.name).open("ab") as output:
                code = subprocess.run(command, env=self.environment(step), stdin=subprocess.DEVNULL, stdout=output,
                                      stderr=output, cwd="/", check=False).returncode
            if code not in spec.get("codes", [0]):
                words = processes.last_words(self.cloud, step.name)
                raise CloudError(f"{step.name}: {command[len(walls.enter(self.cloud))]} ended with {code}: {words} "
                                 f"(log: {processes.log_file(self.cloud, step.name)})")

    def start(self, step: Step) -> str:
        if pid := processes.alive(self.cloud, step.name):
            self._await(step, pid, None)
            return ""
        for path in (Path(self.text(name)) for name in step.fresh):
            walls.run("rm", "-rf", str(path))
            path.mkdir(parents=True, exist_ok=True)
        for socket_path in (Path(self.text(step.ready[kind])) for kind in ("unix",) if kind in step.ready):
            socket_path.unlink(missing_ok=True)  # of a killed predecessor: it would look like ours
        self._commands(step, list(step.before))
        child = processes.spawn(self.cloud, step.name, self.command(step), self.environment(step),
                                inside=step.where == "inside")
        self.started.add(step.name)
        self._await(step, child.pid, child)
        return "ready"

    def _await(self, step: Step, pid: int, child: "subprocess.Popen[bytes] | None") -> None:
        probe = {key: self._probe_value(value) for key, value in step.ready.items()}
        deadline = time.monotonic() + READY_TIMEOUT
        settle = time.monotonic() + (0.5 if child and not probe else 0)
        while True:
            code = child.poll() if child else None
            gone = code is not None if child else processes.alive(self.cloud, step.name) is None
            if gone:
                words = processes.last_words(self.cloud, step.name)
                log = processes.log_file(self.cloud, step.name)
                raise CloudError(f"{step.name} died while starting (exit status {code}): {words} (log: {log})")
            if time.monotonic() >= settle and ready.probe(self.cloud, probe, pid):
                return
            if self._broken.is_set():
                raise CloudError(f"{step.name}: given up, another step failed")
            if time.monotonic() > deadline:
                words = processes.last_words(self.cloud, step.name)
                raise CloudError(f"{step.name} runs but is not ready after {READY_TIMEOUT:.0f} s: {words}")
            time.sleep(0.25)

    def _probe_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        return [self._probe_value(item) for item in value] if isinstance(value, list) else value
