# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""A provider in the place of the OpenStack one: says yes, and gives ids. The engine is the real one.

For what needs ids that are known: states, references between stacks, and look-ups in a cloud.
"""

import sys
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from infra.guard.service import Guard

MADE = {
    "FloatingIp": {"address": "198.18.0.77"},
    "LoadBalancer": {"vipPortId": "vip-port"},
}
# What the real provider leaves empty when nothing is said, as states on a live cloud have it.
EMPTY = {
    "Container": ("storageClass",),
    "FloatingIp": ("dnsDomain", "dnsName", "fixedIp", "portId"),
    "Instance": ("accessIpV6", "hypervisorHostname"),
    "Keypair": ("userId",),
    "Network": ("dnsDomain", "qosPolicyId"),
    "Port": ("deviceId", "deviceOwner", "dnsName", "qosPolicyId"),
    "RoleAssignment": ("domainId", "groupId"),
    "Router": ("externalNetworkId",),
    "SecGroupRule": ("remoteAddressGroupId", "remoteGroupId"),
    "Subnet": ("ipv6AddressMode", "ipv6RaMode", "segmentId", "subnetpoolId"),
    "User": ("defaultProjectId",),
    "Volume": ("backupId", "snapshotId", "sourceVolId"),
}


class StandIn(Guard):
    """Every type of the package, and every look-up."""

    def Configure(self, request: pb.ConfigureRequest, context: grpc.ServicerContext) -> pb.ConfigureResponse:
        return pb.ConfigureResponse(supportsPreview=True, acceptSecrets=True, acceptResources=True)

    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        """An id made of type and name; a preview says none."""
        if request.preview:
            return pb.CreateResponse(id="", properties=request.properties)
        _, _, qualified, name = request.urn.split("::", 3)
        kind = qualified.rpartition(":")[2]
        made = struct_pb2.Struct()
        made.update(dict.fromkeys(EMPTY.get(kind, ()), ""))
        made.MergeFrom(request.properties)
        for key, value in MADE.get(kind, {}).items():
            made[key] = value
        made["id"] = f"{kind}-{name}"  # as every provider does that is bridged from Terraform
        return pb.CreateResponse(id=made["id"], properties=made)

    def Invoke(self, request: pb.InvokeRequest, context: grpc.ServicerContext) -> pb.InvokeResponse:
        """Whatever is asked for is there."""
        name = str(request.args["name"]) if "name" in request.args else "own"
        answer = struct_pb2.Struct()
        said: dict[str, Any] = {
            "id": f"{name}-id",
            "name": name,
            "projectId": "project-id",
            "domainId": "domain-id",
        }
        answer.update({**json_format.MessageToDict(request.args), **said})
        return pb.InvokeResponse(**{"return": answer})


server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
