# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""A provider whose resources are files in a folder, its cloud: read back, changed, deleted there."""

import json
import sys
import time
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from infra.guard.service import Guard

PATIENCE = 60.0  # seconds; a test that was ended opens no gate
REPLACING = "kind"


class Files(Guard):
    """`path`: where it lies. `kind`: a change replaces it. `gate`: a file that its creation waits for."""

    def Diff(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """Against what was read last: a change made behind our back is one."""
        old, new = _plain(request.olds), _plain(request.news)
        changed = sorted(key for key in new if old.get(key) != new[key])
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if changed else pb.DiffResponse.DIFF_NONE,
            replaces=[key for key in changed if key == REPLACING],
            diffs=changed,
            deleteBeforeReplace=True,
        )

    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        """Says that it was reached, waits at its gate, then writes."""
        said = _plain(request.properties)
        if request.preview:
            return pb.CreateResponse(id="", properties=request.properties)
        if gate := said.get("gate"):
            Path(f"{gate}.reached").touch()
            until = time.monotonic() + PATIENCE
            while not Path(gate).exists() and time.monotonic() < until:
                time.sleep(0.02)
        _write(said)
        return pb.CreateResponse(id=said["path"], properties=request.properties)

    def Update(self, request: pb.UpdateRequest, context: grpc.ServicerContext) -> pb.UpdateResponse:
        """Written anew."""
        if not request.preview:
            _write(_plain(request.news))
        return pb.UpdateResponse(properties=request.news)

    def Read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> pb.ReadResponse:
        """What the file says; nothing when it is gone."""
        if not Path(request.id).exists():
            return pb.ReadResponse()
        found = json.loads(Path(request.id).read_text())
        answer = pb.ReadResponse(id=request.id, inputs=request.inputs)
        answer.properties.update({**_plain(request.properties), **found})
        answer.inputs.update({key: found[key] for key in _plain(request.inputs) if key in found})
        return answer

    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Gone."""
        Path(request.id).unlink(missing_ok=True)
        return empty_pb2.Empty()


def _plain(said: Any) -> dict[str, Any]:
    found: dict[str, Any] = json_format.MessageToDict(said)
    return found


def _write(said: dict[str, Any]) -> None:
    Path(said["path"]).write_text(json.dumps(said))


def main() -> None:
    """Serve until the engine goes."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Files(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
