"""Where `pulumi` starts the provider: serves until the engine goes, after saying its port on stdout."""

import signal
import sys
from concurrent import futures
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

# Pulumi runs this folder as a script, so the package's own parent is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.guard.service import Guard


def main() -> None:
    """Serve."""
    # Ctrl-C reaches the whole process group, but it is the engine that ends an operation, in order.
    signal.signal(signal.SIGINT, lambda *_: None)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Guard(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
