# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""A policy pack that judges nothing: it keeps what the engine hands to packs, for tests to judge.

`SOCLE_TEST_RECORDING` names the folder.
"""

import os
import threading
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as pb
from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

MESSAGE_LIMIT = 400 << 20  # bytes, the engine's own


class Recorder(analyzer_pb2_grpc.AnalyzerServicer):
    """Writes the stack's request, and beside it what was asked for each resource before."""

    def __init__(self) -> None:
        self.asked = pb.AnalyzeStackRequest()
        self.guard = threading.Lock()

    def Handshake(
        self, request: pb.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerHandshakeResponse:
        return pb.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="0.0.1")

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> pb.AnalyzerInfo:
        return pb.AnalyzerInfo(name="recorder", version="0.0.1", supportsConfig=True)

    def Configure(
        self, request: pb.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def ConfigureStack(
        self, request: pb.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzerStackConfigureResponse:
        return pb.AnalyzerStackConfigureResponse()

    def Analyze(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.AnalyzeResponse:
        with self.guard:
            one = self.asked.resources.add(urn=request.urn, type=request.type, name=request.name)
            one.properties.CopyFrom(request.properties)
        return pb.AnalyzeResponse()

    def Remediate(self, request: pb.AnalyzeRequest, context: grpc.ServicerContext) -> pb.RemediateResponse:
        return pb.RemediateResponse()

    def AnalyzeStack(
        self, request: pb.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> pb.AnalyzeResponse:
        folder = Path(os.environ["SOCLE_TEST_RECORDING"])
        (folder / "stack").write_bytes(request.SerializeToString())
        (folder / "inputs").write_bytes(self.asked.SerializeToString())
        return pb.AnalyzeResponse()


limits = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
server = grpc.server(futures.ThreadPoolExecutor(4), options=limits)
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Recorder(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
