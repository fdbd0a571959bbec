# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""The peer: the pack's own policies, where each unpacks all resources anew and builds a graph of them."""

import sys
from concurrent import futures
from datetime import UTC, datetime
from pathlib import Path

import grpc
from pulumi.runtime.proto import analyzer_pb2 as pb
from pulumi.runtime.proto import analyzer_pb2_grpc

# Pulumi runs this folder as a script, so the project is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from policies import wire
from policies.engine import Pack
from policies.judge import judge
from policies.model import Verdict

MESSAGE_LIMIT_BYTES = 400 << 20  # the engine's own


class Naive(Pack):
    """Nothing is shared between policies but what they are asked."""

    def AnalyzeStack(
        self, request: pb.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzeResponse:
        """Every policy for itself."""
        entries, today, params = [], datetime.now(UTC).date(), self._setup.params()
        for one in self._setup.policies():
            graph = self._setup.graph(wire.stack(request, self._inputs))
            entries += judge(graph, [one], params, today)
        shown = (Verdict.VIOLATION, Verdict.UNPROVEN)
        return pb.AnalyzeResponse(diagnostics=self._diagnostics(entries, shown))


limits = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
    ("grpc.max_send_message_length", MESSAGE_LIMIT_BYTES),
]
server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=limits)
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Naive("0.1.0"), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
