"""The language host by itself, called as the engine calls it; whole stacks are in test_end_to_end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, language_pb2_grpc
from pulumi.runtime.proto import language_pb2 as pb

from tests.toolchain.machine import ROOT

LAUNCHER = ROOT / "toolchain" / "pulumi-language-python"
BIG = 20 << 20
SLEEPER = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"


class Host:
    """A running host and the connection to it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout
        self.port = int(process.stdout.readline())
        sizes = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=sizes)
        self.stub = language_pb2_grpc.LanguageRuntimeStub(self.channel)


def started(folder: Path) -> Iterator[Host]:
    process = subprocess.Popen(
        [str(LAUNCHER), "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"VIRTUAL_ENV": sys.prefix},
        cwd=folder,
    )
    with process:
        yield Host(process)
        process.kill()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    yield from started(tmp_path_factory.mktemp("host"))


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Host]:
    """A host of the test's own, to be ended."""
    yield from started(tmp_path)


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes the log lines that programs send."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802, ARG002
        self.said.append(request.message)
        return empty_pb2.Empty()


def info(folder: Path, **options: str) -> pb.ProgramInfo:
    struct = struct_pb2.Struct()
    struct.update(options)
    return pb.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=struct
    )


def ask_plugin(
    host: Host, folder: Path, program: str, kind: str = "resource"
) -> tuple[bytes, bytes, list[int]]:
    (folder / "__main__.py").write_text(program)
    request = pb.RunPluginRequest(
        pwd=str(folder), info=info(folder), kind=kind, args=["127.0.0.1:1"], env=["GIVEN=yes"]
    )
    answers = list(host.stub.RunPlugin(request, timeout=60))
    return (
        b"".join(answer.stdout for answer in answers),
        b"".join(answer.stderr for answer in answers),
        [answer.exitcode for answer in answers if answer.HasField("exitcode")],
    )


def test_it_shakes_hands_and_names_what_it_speaks(host: Host) -> None:
    host.stub.Handshake(pb.LanguageHandshakeRequest(engine_address="127.0.0.1:1"), timeout=20)
    assert host.stub.GetPluginInfo(empty_pb2.Empty(), timeout=20).version.startswith("3.")


def test_it_asks_for_the_provider_of_the_installed_sdk(host: Host, tmp_path: Path) -> None:
    answer = host.stub.GetRequiredPackages(pb.GetRequiredPackagesRequest(info=info(tmp_path)), timeout=20)
    assert [(package.name, package.kind, package.version) for package in answer.packages] == [
        ("openstack", "resource", "5.5.1")
    ]


def test_it_names_its_python_and_what_is_installed(host: Host, tmp_path: Path) -> None:
    about = host.stub.About(pb.AboutRequest(info=info(tmp_path)), timeout=20)
    assert about.version == ".".join(map(str, sys.version_info[:3]))
    answer = host.stub.GetProgramDependencies(
        pb.GetProgramDependenciesRequest(info=info(tmp_path)), timeout=20
    )
    assert ("pulumi_openstack", "5.5.1") in {(found.name, found.version) for found in answer.dependencies}


def test_an_environment_that_is_missing_is_named(host: Host, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        host.stub.GetRequiredPackages(
            pb.GetRequiredPackagesRequest(info=info(tmp_path, virtualenv="not-there")), timeout=20
        )
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert str(tmp_path / "not-there") in refused.value.details()
    assert "make deps" in refused.value.details()


def test_a_shown_error_is_a_bail(host: Host, tmp_path: Path) -> None:
    """A program that is not there: said once, through the engine, and the exit code 32 becomes a bail."""
    engine, server = Engine(), grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    host.stub.Handshake(pb.LanguageHandshakeRequest(engine_address=address), timeout=20)
    request = pb.RunRequest(
        info=info(tmp_path), pwd=str(tmp_path), monitor_address=address, parallel=1, project="p", stack="s"
    )
    answer = host.stub.Run(request, timeout=60)
    server.stop(None)
    assert (answer.bail, answer.error) == (True, "")
    assert [line for line in engine.said if "__main__.py is missing" in line]


def test_a_program_whose_environment_lacks_pulumi_fails_with_its_exit_code(
    host: Host, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    (tmp_path / "__main__.py").write_text("")
    request = pb.RunRequest(info=info(tmp_path, virtualenv="bare"), pwd=str(tmp_path), parallel=1)
    answer = host.stub.Run(request, timeout=60)
    assert (answer.bail, answer.error) == (False, "Program exited with non-zero exit code: 1")


def test_configuration_stays_out_of_the_process_list(host: Host, tmp_path: Path) -> None:
    """Any user may read arguments: a secret must come by the environment."""
    seen = tmp_path / "seen"
    fake = tmp_path / "spy" / "bin"
    fake.mkdir(parents=True)
    (tmp_path / "spy" / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    (fake / "python").write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >"{seen}"\nprintf %s "$PULUMI_CONFIG" >"{seen}.env"\n'
    )
    (fake / "python").chmod(0o755)
    request = pb.RunRequest(
        info=info(tmp_path, virtualenv="spy"), pwd=str(tmp_path), config={"p:key": "s3cr3t-of-test"}
    )
    assert host.stub.Run(request, timeout=60).error == ""
    assert "s3cr3t-of-test" not in seen.read_text()
    assert "s3cr3t-of-test" in (tmp_path / "seen.env").read_text()


def test_a_plugin_streams_what_it_prints_and_its_exit_code(host: Host, tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "print(os.environ['GIVEN'], sys.argv[1])\n"
        "print('oops', file=sys.stderr)\n"
        "sys.exit(3)\n"
    )
    assert ask_plugin(host, tmp_path, program) == (b"yes 127.0.0.1:1\n", b"oops\n", [3])


def test_a_policy_pack_gets_the_engine_and_its_own_folder(host: Host, tmp_path: Path) -> None:
    out, err, codes = ask_plugin(
        host, tmp_path, "import pathlib\nprint(pathlib.Path.cwd())\n", kind="analyzer"
    )
    assert (out.decode().strip(), err, codes) == (str(tmp_path), b"", [0])


def test_messages_beyond_the_usual_limit_pass(host: Host, tmp_path: Path) -> None:
    out, _, codes = ask_plugin(host, tmp_path, "print('x' * 1000)\n")
    assert (len(out), codes) == (1001, [0])
    large = pb.RunRequest(info=info(tmp_path, virtualenv="none"), config={"p:key": "x" * BIG})
    with pytest.raises(grpc.RpcError) as refused:
        host.stub.Run(large, timeout=60)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION, "refused for its size"


@pytest.mark.parametrize("name", ["GenerateProgram", "GenerateProject", "GeneratePackage", "Pack", "Link"])
def test_what_it_does_not_do_it_says_in_one_line(host: Host, name: str) -> None:
    request = getattr(pb, f"{name}Request")()
    with pytest.raises(grpc.RpcError) as refused:
        getattr(host.stub, name)(request, timeout=20)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "official Pulumi" in refused.value.details()
    assert "\n" not in refused.value.details()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(mortal: Host, number: signal.Signals) -> None:
    mortal.process.send_signal(number)
    assert mortal.process.wait(timeout=20) == 0
    assert mortal.process.stderr
    assert mortal.process.stderr.read() == ""


def test_a_cancelled_call_ends_its_child(host: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(SLEEPER)
    stream = host.stub.RunPlugin(pb.RunPluginRequest(pwd=str(tmp_path), info=info(tmp_path), kind="resource"))
    pid = int(next(stream).stdout)
    stream.cancel()
    assert gone(pid), f"process {pid} outlives its call"


def test_a_killed_host_leaves_no_child(mortal: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(SLEEPER)
    stream = mortal.stub.RunPlugin(
        pb.RunPluginRequest(pwd=str(tmp_path), info=info(tmp_path), kind="resource")
    )
    pid = int(next(stream).stdout)
    mortal.process.kill()
    assert gone(pid), f"process {pid} outlives its host"


def gone(pid: int) -> bool:
    """Whether a process ends within ten seconds (a zombie has ended)."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False
