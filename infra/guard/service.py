# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""What the provider answers: Pulumi's ResourceProvider protocol for one resource and one question.

The resource is the guard of a platform. Everything else of the platform's stack is registered before it, as
what it depends on, so the engine deletes it first and stops when that is refused. The question is what the
platform carries, for the program to ask before it takes a zone away.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from infra.guard.carried import Carried, carried, objection

GUARD, QUESTION = "socle-guard:platform:Guard", "socle-guard:platform:carried"
VERSION = "1.0.0"
PATIENCE_SECONDS = 60.0
"""How long one request to the cloud may take."""
UNSEEN = (
    "nothing of {platform} is visible in this project, so whether it carries a space cannot be read: check "
    "OS_CLOUD; when the cloud was wiped, `pulumi stack rm --force {platform}` forgets it"
)
Ask = Callable[[str, str], Carried]


class UnreadableError(Exception):
    """The cloud could not be asked; its own words as one line."""


def ask(environment: str, region: str) -> Carried:
    """What the environment's platform carries now. Credentials are the environment's (OS_CLOUD)."""
    import openstack

    try:
        connection: Any = openstack.connect(region_name=region, api_timeout=PATIENCE_SECONDS)
        with connection as cloud:
            return carried(cloud, environment)
    except Exception as error:  # openstacksdk and keystoneauth raise many kinds, each with its own words
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UnreadableError(
            f"whether {environment}-platform carries a space cannot be read from the cloud ({reason}): "
            "make it answer, then run again"
        ) from None


class Guard(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one engine. Its resource is an entry in the state; it makes nothing in any cloud."""

    def __init__(self, asking: Ask = ask) -> None:
        """`asking`: environment and region to what is carried; raises UnreadableError."""
        self._ask = asking

    def Handshake(
        self, request: pb.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.ProviderHandshakeResponse:
        """Nothing beyond the protocol's basis is understood."""
        return pb.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Which version this is."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def CheckConfig(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """There is nothing to configure."""
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """So nothing there can change."""
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)

    def Configure(self, request: pb.ConfigureRequest, context: grpc.ServicerContext) -> pb.ConfigureResponse:
        """Previews are passed on, unknown values with them."""
        return pb.ConfigureResponse(supportsPreview=True)

    def Check(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """The program's types have checked it."""
        return pb.CheckResponse(inputs=request.news)

    def Diff(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """Any change replaces it, deleting first: replacing the core router asks too, before it goes."""
        old, new = dict(request.old_inputs), dict(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if changed else pb.DiffResponse.DIFF_NONE,
            replaces=changed,
            diffs=changed,
            deleteBeforeReplace=True,
        )

    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        """An entry in the state, called after the environment."""
        return pb.CreateResponse(
            id="" if request.preview else request.properties["environment"], properties=request.properties
        )

    def Read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> pb.ReadResponse:
        """It is always as the state says."""
        return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Refused while a space stands on the platform, and when that cannot be read."""
        environment = str(request.properties["environment"])
        found = self._carried(request.properties, context)
        if not found.seen:
            _refuse(context, UNSEEN.format(platform=f"{environment}-platform"))
        if why := objection(environment, found):
            _refuse(context, why)
        return empty_pb2.Empty()

    def Invoke(self, request: pb.InvokeRequest, context: grpc.ServicerContext) -> pb.InvokeResponse:
        """The question."""
        if request.tok != QUESTION:
            _refuse(context, f"{request.tok} is unknown; ask {QUESTION}")
        found = self._carried(request.args, context)
        answer = struct_pb2.Struct()
        answer.update(
            {
                "zones": list(found.zones),
                "spaces": list(found.spaces),
                "objection": objection(str(request.args["environment"]), found),
            }
        )
        return pb.InvokeResponse(**{"return": answer})

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing lasts long enough to be ended."""
        return empty_pb2.Empty()

    def _carried(self, said: struct_pb2.Struct, context: grpc.ServicerContext) -> Carried:
        try:
            return self._ask(str(said["environment"]), str(said["region"]))
        except UnreadableError as error:
            _refuse(context, str(error))


def _refuse(context: grpc.ServicerContext, why: str) -> NoReturn:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, why)
    raise AssertionError(why)  # abort has raised already
