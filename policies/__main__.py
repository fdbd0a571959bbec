"""Where the engine starts the pack: says its port on stdout, serves until the engine ends it."""

import sys
from concurrent import futures
from pathlib import Path

import grpc
import yaml
from pulumi.runtime.proto import analyzer_pb2_grpc

# Pulumi runs this folder as a script, so the package's own parent is not on the path.
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from policies.engine import Pack  # noqa: E402

MESSAGE_LIMIT_BYTES = 400 << 20  # the engine's own


def main() -> None:
    """Serve."""
    limits = [
        ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
        ("grpc.max_send_message_length", MESSAGE_LIMIT_BYTES),
    ]
    version = str(yaml.safe_load((HERE / "PulumiPolicy.yaml").read_text())["version"])
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=limits)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(version), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
