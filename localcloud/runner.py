"""Executes steps along their order, several at a time, and says what happens."""

import copy
import subprocess
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from localcloud import commands, processes, ready, render, walls, zones
from localcloud.errors import CloudError
from localcloud.model import Cloud
from localcloud.steps import Step
from localcloud.zones import Zone

READY_TIMEOUT = 300.0
HEAVY_AT_ONCE = 3
"""Database syncs at a time: more only fight for the two cores."""
WORKERS = 24

Call = Callable[["Runner"], None]
Say = Callable[[str], None]


class Runner:
    """One `up`: a cloud, its steps, and the values their texts are rendered with."""

    def __init__(
        self, cloud: Cloud, order: list[Step], values: dict[str, Any], calls: dict[str, Call], say: Say
    ):
        """Nothing is started yet."""
        self.cloud, self.order, self.values, self.calls, self.say = cloud, order, values, calls, say
        self.zone: Zone = zones.first(cloud)
        self.begun = time.monotonic()
        self.wall_clock = time.time()
        self.started: set[str] = set()
        self._heavy = threading.Semaphore(HEAVY_AT_ONCE)
        self._broken = threading.Event()

    def within(self, number: int) -> "Runner":
        """The same run as a step of that zone sees it."""
        view = copy.copy(self)
        view.zone = Zone(self.cloud, number)
        view.values = self.values | {"zone": view.zone}
        return view

    def text(self, value: str) -> str:
        """Render one string."""
        return render.text(value, self.values)

    def marker(self, step: Step) -> Path:
        """The file that says a once-step is done for this cloud's life."""
        return self.cloud.folder("state") / "done" / step.name

    def end_orphans(self) -> None:
        """End commands that a killed `up` left at work: run twice at once, they would spoil the databases."""
        names = [step.name for step in self.order if not step.is_process]
        processes.stop(self.cloud, names, dict.fromkeys(names, 2.0))

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
                        running[pool.submit(self.within(step.zone)._timed, step)] = todo.pop(name)
                if not running:
                    break
                try:
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                except KeyboardInterrupt:
                    self._broken.set()  # or the pool would wait for every probe's whole patience
                    raise
                for future in finished:
                    step = running.pop(future)
                    if error := future.exception():
                        self._broken.set()
                        left = ", ".join(sorted(other.name for other in running.values()))
                        self.progress(f"{step.name} failed" + (f"; ending {left}" if left else ""))
                        raise error
                    outcome = future.result()
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
            self._freshen(step)
            with self._heavy:
                self._commands(step, step.body)
        else:
            self._commands(step, step.body)
        if step.is_once:
            self.marker(step).parent.mkdir(parents=True, exist_ok=True)
            self.marker(step).touch()
        return "done"

    def _freshen(self, step: Step) -> None:
        for path in (Path(self.text(name)) for name in step.fresh):
            walls.run("rm", "-rf", str(path))
            path.mkdir(parents=True, exist_ok=True)

    def _commands(self, step: Step, entries: list[Any]) -> None:
        for entry in entries:
            spec = entry if isinstance(entry, dict) else {"run": entry}
            if "creates" in spec and Path(self.text(spec["creates"])).exists():
                continue
            # nova's cell URLs carry single-brace placeholders, which Jinja leaves alone.
            command = [self.text(word) for word in spec["run"]]
            # Recorded like a service, so that the next `up` finds what a killed one left at work.
            env = commands.environment(step, self.values)
            code = processes.spawn(self.cloud, step.name, command, env, zone=self._walls(step)).wait()
            if code not in spec.get("codes", [0]):
                words = processes.last_words(self.cloud, step.name)
                log = processes.log_file(self.cloud, step.name)
                raise CloudError(f"{step.name}: {command[0]} ended with {code}: {words} (log: {log})")

    def _walls(self, step: Step) -> Zone | None:
        """Behind whose walls a step works."""
        return {"inside": self.zone, "first": zones.first(self.cloud), "host": None}[step.where]

    def start(self, step: Step) -> str:
        """Start a process and wait until it is ready; one that runs is only probed."""
        if pid := processes.alive(self.cloud, step.name):
            self._await(step, pid, None)
            return ""
        self._freshen(step)
        for socket_path in (Path(self.text(step.ready[kind])) for kind in ("unix",) if kind in step.ready):
            socket_path.unlink(missing_ok=True)  # of a killed predecessor: it would look like ours
        self._commands(step, list(step.before))
        child = processes.spawn(
            self.cloud,
            step.name,
            commands.arguments(step, self.values),
            commands.environment(step, self.values),
            zone=self._walls(step),
        )
        self.started.add(step.name)
        self._await(step, child.pid, child)
        return "ready"

    def _await(self, step: Step, pid: int, child: "subprocess.Popen[bytes] | None") -> None:
        probe = render.deep(step.ready, self.values)
        deadline = time.monotonic() + READY_TIMEOUT
        settle = time.monotonic() + (0.5 if child and not probe else 0)
        while True:
            code = child.poll() if child else None
            gone = code is not None if child else processes.alive(self.cloud, step.name) is None
            if gone:
                words = processes.last_words(self.cloud, step.name)
                log = processes.log_file(self.cloud, step.name)
                raise CloudError(
                    f"{step.name} died while starting (exit status {code}): {words} (log: {log})"
                )
            if time.monotonic() >= settle and ready.probe(self.zone, probe, pid):
                return
            if self._broken.is_set():
                raise CloudError(f"{step.name}: given up, another step failed")
            if time.monotonic() > deadline:
                words = processes.last_words(self.cloud, step.name)
                raise CloudError(f"{step.name} runs but is not ready after {READY_TIMEOUT:.0f} s: {words}")
            time.sleep(0.25)
