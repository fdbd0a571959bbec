"""Starts Pulumi's Python language host: prints its port, serves until the engine or a signal ends it.

Here is the process: arguments, server, signals. What the host answers lives in `service`.
"""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

try:
    import grpc
    from pulumi.runtime.proto import language_pb2_grpc
except ImportError as missing:
    sys.exit(
        f"pulumi-language-python: {sys.executable} has no '{missing.name}'; "
        "run `make deps`, then use `make shell`"
    )

from service import LanguageHost

# The engine's own limit: large stacks and schemas exceed gRPC's default of 4 MiB.
MESSAGE_LIMIT_BYTES = 400 << 20
# Long calls hold a thread each: a program, several policy packs, an installation.
THREADS = 32
# How long an interrupted operation may take to end in order.
PATIENCE_SECONDS = 600


def main(arguments: list[str]) -> int:
    """Serve; the engine's address is the last argument that is no flag."""
    positional = [argument for argument in arguments if not argument.startswith("-")]
    host = LanguageHost(engine=positional[-1] if positional else "")
    limits = [
        ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
        ("grpc.max_send_message_length", MESSAGE_LIMIT_BYTES),
    ]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=limits)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    parent = os.getppid()
    # An engine that was killed cannot say so: its host must not outlive it.
    while not ended.wait(timeout=2) and os.getppid() == parent:
        pass
    # The engine finishes what is under way after an interrupt; the program is needed until then.
    host.children.finish(PATIENCE_SECONDS)
    server.stop(grace=1).wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
