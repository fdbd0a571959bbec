# ruff: noqa: N802, ARG002  # names and signatures are the protocol's
"""What the language host answers: Pulumi's LanguageRuntime protocol for programs and policy packs.

Which Python a program gets is decided in `interpreter`, processes live in `children`, what runs in them
is `runner`, and what this host does not do is said in `refusals`.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
from children import Children
from google.protobuf import empty_pb2, json_format
from interpreter import Interpreter, UnusableError, choose, providers
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2
from refusals import refuse, with_refusals
from runner import BAIL

RUNNER = Path(__file__).with_name("runner.py")
# The version of the protocol that this host was written against.
VERSION = "3.259.0"


@with_refusals
class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """One host serves one engine, several programs and packs at once."""

    def __init__(self, engine: str) -> None:
        """`engine` is the address that programs report to."""
        self.engine = engine
        self.children = Children()

    def Handshake(
        self, request: pb.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.LanguageHandshakeResponse:
        """Learn the engine's address."""
        self.engine = request.engine_address or self.engine
        return pb.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Name the protocol version that this host follows."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPackages(
        self, request: pb.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> pb.GetRequiredPackagesResponse:
        """The providers that the installed SDKs need."""
        response = pb.GetRequiredPackagesResponse()
        for found in providers(self._interpreter(request.info, context).packages):
            package = response.packages.add(
                name=found.name, kind="resource", version=found.version, server=found.server
            )
            if found.parameterization:
                name, version, value = found.parameterization
                package.parameterization.CopyFrom(
                    plugin_pb2.PackageParameterization(name=name, version=version, value=value)
                )
        return response

    def GetRequiredPlugins(
        self, request: pb.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> pb.GetRequiredPluginsResponse:
        """The same for callers of the older protocol."""
        response = pb.GetRequiredPluginsResponse()
        for found in providers(self._interpreter(request.info, context).packages):
            response.plugins.add(name=found.name, kind="resource", version=found.version, server=found.server)
        return response

    def Run(self, request: pb.RunRequest, context: grpc.ServicerContext) -> pb.RunResponse:
        """Run a program to its end; its output goes to this process's own, which the engine reads."""
        if request.attach_debugger:
            refuse(context, "attach a debugger")
        python = self._interpreter(request.info, context)
        program = Path(request.info.program_directory)
        if request.info.entry_point not in ("", "."):
            program /= request.info.entry_point
        named = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "root": request.info.root_directory,
            "parallel": str(request.parallel),
        }
        flags = [f"--{name}={value}" for name, value in named.items()] + (
            ["--dry-run"] if request.dryRun else []
        )
        env = python.environment()
        # Not in argv, which any user of the machine may read: configuration holds secrets.
        env["PULUMI_CONFIG"] = json.dumps(dict(request.config))
        env["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
        command = [*_runner(python), "run", *flags, "--", str(program), *request.args]
        code = self.children.run(command, context, request.pwd or request.info.program_directory, env)
        if code == BAIL:
            return pb.RunResponse(bail=True)
        return pb.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(
        self, request: pb.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.RunPluginResponse]:
        """Run a policy pack (kind `analyzer`) or another plugin written in Python; streams what it prints."""
        if request.attach_debugger:
            refuse(context, "attach a debugger")
        python = self._interpreter(request.info, context)
        program = request.info.program_directory
        way = ["pack", *request.args, program]
        if request.kind != "analyzer":
            way = ["plugin", program, *request.args]
        env = python.environment() | dict(entry.split("=", 1) for entry in request.env if "=" in entry)
        for said in self.children.stream([*_runner(python), *way], context, request.pwd or program, env):
            if isinstance(said, int):
                yield pb.RunPluginResponse(exitcode=said)
            else:
                yield pb.RunPluginResponse(**{said[0]: said[1]})

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.InstallDependenciesResponse]:
        """Make the virtual environment that the options name and fill it from requirements.txt."""
        root = Path(request.info.root_directory)
        named = json_format.MessageToDict(request.info.options).get("virtualenv")
        wanted = Path(request.directory or root) / "requirements.txt"
        if not named or not wanted.exists():
            yield pb.InstallDependenciesResponse(
                stdout=b"nothing to install: no virtualenv and requirements.txt\n"
            )
            return
        python = str(root / str(named) / "bin" / "python")
        steps = [[python, "-m", "pip", "install", "-q", "-r", str(wanted)]]
        if not Path(python).exists():
            steps.insert(0, [str(choose(root, {}).executable), "-m", "venv", str(root / str(named))])
        for step in steps:
            for said in self.children.stream(step, context, str(root), None):
                if not isinstance(said, int):
                    yield pb.InstallDependenciesResponse(**{said[0]: said[1]})
                elif said:
                    context.abort(grpc.StatusCode.INTERNAL, f"`{' '.join(step)}` ended with exit code {said}")

    def RuntimeOptionsPrompts(
        self, request: pb.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> pb.RuntimeOptionsResponse:
        """Nothing to ask: the project file names the environment."""
        return pb.RuntimeOptionsResponse()

    def Template(self, request: pb.TemplateRequest, context: grpc.ServicerContext) -> pb.TemplateResponse:
        """Nothing to convert in a new project."""
        return pb.TemplateResponse()

    def About(self, request: pb.AboutRequest, context: grpc.ServicerContext) -> pb.AboutResponse:
        """The Python that programs run on."""
        python = self._interpreter(request.info, context)
        asked = [str(python.executable), "-c", "import platform; print(platform.python_version())"]
        version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        return pb.AboutResponse(executable=str(python.executable), version=version)

    def GetProgramDependencies(
        self, request: pb.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> pb.GetProgramDependenciesResponse:
        """Everything installed beside the program; what it imports itself is not told apart."""
        response = pb.GetProgramDependenciesResponse()
        for name, version in sorted(self._interpreter(request.info, context).distributions()):
            response.dependencies.add(name=name, version=version)
        return response

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End every program and plugin that still runs."""
        self.children.kill()
        return empty_pb2.Empty()

    def _interpreter(self, info: pb.ProgramInfo, context: grpc.ServicerContext) -> Interpreter:
        try:
            return choose(Path(info.root_directory), json_format.MessageToDict(info.options))
        except UnusableError as reason:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(reason))
            raise


def _runner(python: Interpreter) -> list[str]:
    # Unbuffered: what a program prints is shown when it prints it.
    return [str(python.executable), "-u", str(RUNNER)]
