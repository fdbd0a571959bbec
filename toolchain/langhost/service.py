"""What the language host answers: Pulumi's LanguageRuntime protocol for programs and policy packs.

Generating code is left out; those calls are refused with one line. Choosing a Python lives in
`interpreter`, running a program in the child `runner`.
"""

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

from interpreter import Interpreter, UnusableError, choose, providers
from runner import BAIL

RUNNER = Path(__file__).with_name("runner.py")
# Since 3.133 policy packs and programs come through these calls; older engines speak otherwise.
VERSION = "3.259.0"


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """One host serves one engine, several programs and packs at once."""

    def __init__(self, engine: str) -> None:
        """`engine` is the address that programs report to."""
        self.engine = engine
        self._children: set[subprocess.Popen[bytes]] = set()
        self._guard = threading.Lock()

    def finish(self, patience_seconds: float = 600) -> None:
        """Wait for the children, which end when the engine has finished its operation, then end the rest."""
        for child in list(self._children):
            try:
                child.wait(timeout=patience_seconds)
            except subprocess.TimeoutExpired:
                child.kill()

    def Handshake(self, request: pb.LanguageHandshakeRequest, context: grpc.ServicerContext) -> pb.LanguageHandshakeResponse:
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
            package = response.packages.add(name=found.name, kind="resource", version=found.version, server=found.server)
            if found.parameterization:
                name, version, value = found.parameterization
                package.parameterization.CopyFrom(plugin_pb2.PackageParameterization(name=name, version=version, value=value))
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
            _refuse(context, "attaching a debugger")
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
        flags = [f"--{name}={value}" for name, value in named.items()] + (["--dry-run"] if request.dryRun else [])
        env = python.environment()
        # In the environment, not in argv: any user may read a process's arguments, and configuration holds secrets.
        env["PULUMI_CONFIG"] = json.dumps(dict(request.config))
        env["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
        command = [str(python.executable), "-u", str(RUNNER), "run", *flags, "--", str(program), *request.args]
        child = self._start(command, context, cwd=request.pwd or request.info.program_directory, env=env)
        code = child.wait()
        if code == BAIL:
            return pb.RunResponse(bail=True)
        return pb.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(self, request: pb.RunPluginRequest, context: grpc.ServicerContext) -> Iterator[pb.RunPluginResponse]:
        """Run a policy pack (kind `analyzer`) or another plugin written in Python; streams what it prints."""
        if request.attach_debugger:
            _refuse(context, "attaching a debugger")
        python = self._interpreter(request.info, context)
        program = request.info.program_directory
        way = ["pack", *request.args, program] if request.kind == "analyzer" else ["plugin", program, *request.args]
        env = python.environment() | dict(entry.split("=", 1) for entry in request.env if "=" in entry)
        command = [str(python.executable), "-u", str(RUNNER), *way]
        yield from self._stream(command, context, pb.RunPluginResponse, cwd=request.pwd or program, env=env)

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.InstallDependenciesResponse]:
        """Make the named virtual environment from requirements.txt; packages are checked against its hashes, if any."""
        folder = Path(request.directory or request.info.root_directory)
        options = json_format.MessageToDict(request.info.options)
        wanted = folder / "requirements.txt"
        named = str(options.get("virtualenv", ""))
        steps: list[list[str]] = []
        if named and not (Path(request.info.root_directory) / named / "bin" / "python").exists():
            steps.append([str(choose(folder, {}).executable), "-m", "venv", str(Path(request.info.root_directory) / named)])
        if wanted.exists() and named:
            python = str(Path(request.info.root_directory) / named / "bin" / "python")
            steps.append([python, "-m", "pip", "install", "-q", "-r", str(wanted)])
        if not steps:
            yield pb.InstallDependenciesResponse(stdout=b"nothing to install: no virtualenv with requirements.txt is named\n")
        for step in steps:
            for message in self._stream(step, context, pb.RunPluginResponse, cwd=str(folder), env=None):
                if message.exitcode:
                    context.abort(grpc.StatusCode.INTERNAL, f"`{' '.join(step)}` ended with exit code {message.exitcode}")
                yield pb.InstallDependenciesResponse(stdout=message.stdout, stderr=message.stderr)

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
        for child in list(self._children):
            child.kill()
        return empty_pb2.Empty()

    def GenerateProgram(self, request: object, context: grpc.ServicerContext) -> NoReturn:
        """Refused."""
        _refuse(context, "generating a program (import with `--generate-code=false`)")

    def GenerateProject(self, request: object, context: grpc.ServicerContext) -> NoReturn:
        """Refused."""
        _refuse(context, "generating a project (`pulumi convert`)")

    def GeneratePackage(self, request: object, context: grpc.ServicerContext) -> NoReturn:
        """Refused."""
        _refuse(context, "generating an SDK (`pulumi package add`)")

    def Pack(self, request: object, context: grpc.ServicerContext) -> NoReturn:
        """Refused."""
        _refuse(context, "packing an SDK")

    def Link(self, request: object, context: grpc.ServicerContext) -> NoReturn:
        """Refused."""
        _refuse(context, "linking an SDK (`pulumi package add`)")

    def _interpreter(self, info: pb.ProgramInfo, context: grpc.ServicerContext) -> Interpreter:
        try:
            return choose(Path(info.root_directory), json_format.MessageToDict(info.options))
        except UnusableError as reason:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(reason))
            raise

    def _start(self, command: list[str], context: grpc.ServicerContext, **how: Any) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **how)
        with self._guard:
            self._children.add(child)

        def over() -> None:
            if child.poll() is None:
                child.kill()
                child.wait()
            with self._guard:
                self._children.discard(child)

        if not context.add_callback(over):
            over()
        return child

    def _stream(
        self, command: list[str], context: grpc.ServicerContext, message: Callable[..., Any], **how: Any
    ) -> Iterator[Any]:
        """Run a command; yield its output as it comes and its exit code last."""
        child = self._start(command, context, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
        said: queue.Queue[tuple[str, bytes]] = queue.Queue()

        def read(name: str, pipe: IO[bytes]) -> None:
            while data := pipe.read1(65536):  # type: ignore[attr-defined]  # Popen's pipes are buffered readers
                said.put((name, data))
            said.put((name, b""))

        for name in ("stdout", "stderr"):
            threading.Thread(target=read, args=(name, getattr(child, name)), daemon=True).start()
        open_pipes = 2
        while open_pipes:
            name, data = said.get()
            if data:
                yield message(**{name: data})
            else:
                open_pipes -= 1
        yield message(exitcode=child.wait())


def _refuse(context: grpc.ServicerContext, what: str) -> NoReturn:
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        f"this Python language host does not do {what}; install the official Pulumi for that (toolchain/README.md)",
    )
    raise AssertionError("abort always raises")
