"""The processes that the host starts for an engine, and their end.

Every child belongs to one call: when the call is over, cancelled or cut, the child is ended with it.
"""

import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from typing import IO

import grpc

# A piece of output ("stdout" or "stderr"), or at last the exit code.
Said = tuple[str, bytes] | int
PIECE_BYTES = 65536


class Children:
    """Starts children and knows which still run."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._running: set[subprocess.Popen[bytes]] = set()
        self._guard = threading.Lock()

    def run(
        self, command: list[str], context: grpc.ServicerContext, cwd: str, env: Mapping[str, str] | None
    ) -> int:
        """Run to the end with this process's own output, which the engine reads; returns the exit code."""
        return self._start(command, context, cwd, env, pipe=None).wait()

    def stream(
        self, command: list[str], context: grpc.ServicerContext, cwd: str, env: Mapping[str, str] | None
    ) -> Iterator[Said]:
        """Run; yield the output as it comes and the exit code last."""
        child = self._start(command, context, cwd, env, pipe=subprocess.PIPE)
        said: queue.Queue[tuple[str, bytes]] = queue.Queue()

        def read(name: str, pipe: IO[bytes]) -> None:
            while data := pipe.read1(PIECE_BYTES):  # type: ignore[attr-defined]  # Popen's pipes are buffered
                said.put((name, data))
            said.put((name, b""))

        for name in ("stdout", "stderr"):
            threading.Thread(target=read, args=(name, getattr(child, name)), daemon=True).start()
        still_open = 2
        while still_open:
            name, data = said.get()
            if data:
                yield name, data
            else:
                still_open -= 1
        yield child.wait()

    def finish(self, patience_seconds: float) -> None:
        """Wait for the children to end by themselves; end those that do not."""
        for child in self._now():
            try:
                child.wait(timeout=patience_seconds)
            except subprocess.TimeoutExpired:
                child.kill()

    def kill(self) -> None:
        """End every child now."""
        for child in self._now():
            child.kill()

    def _now(self) -> list["subprocess.Popen[bytes]"]:
        with self._guard:
            return list(self._running)

    def _start(
        self,
        command: list[str],
        context: grpc.ServicerContext,
        cwd: str,
        env: Mapping[str, str] | None,
        pipe: int | None,
    ) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, cwd=cwd, env=env
        )
        with self._guard:
            self._running.add(child)

        def over() -> None:
            if child.poll() is None:
                child.kill()
                child.wait()
            with self._guard:
                self._running.discard(child)

        if not context.add_callback(over):
            over()
        return child
