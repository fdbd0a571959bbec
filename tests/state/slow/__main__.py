# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""A provider whose resource is an entry in the state, made once the file that it names is there."""

import sys
import time
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from infra.guard.service import Guard

PATIENCE = 60.0  # seconds; a test that was ended opens no gate


class Slow(Guard):
    """Everything but making and deleting is as with our own provider."""

    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        """Says that it was reached, then waits."""
        gate = request.properties["gate"]
        if gate and not request.preview:
            Path(f"{gate}.reached").touch()
            until = time.monotonic() + PATIENCE
            while not Path(gate).exists() and time.monotonic() < until:
                time.sleep(0.02)
        return pb.CreateResponse(id="" if request.preview else "made", properties=request.properties)

    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Gone."""
        return empty_pb2.Empty()


def main() -> None:
    """Serve until the engine goes."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Slow(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
