"""The child process: runs one Pulumi program or one policy pack in the interpreter that was chosen for it.

Stands alone, since the program's own environment may be another one than the language host's:
it imports the standard library and that environment's `pulumi`, nothing beside it.
"""

import argparse
import asyncio
import ctypes
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Tells the host that the error has been shown to the user already (language protocol: bail).
BAIL = 32
PR_SET_PDEATHSIG = 1


def survive_interrupt_not_parent() -> None:
    """Ctrl-C reaches the whole process group, but it is the engine that ends an operation, in order.

    A no-op handler, unlike SIG_IGN, is not inherited by what the program itself starts.
    The kernel ends this process with its host, so that nothing stays behind a killed engine.
    """
    signal.signal(signal.SIGINT, lambda *_: None)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def own_traceback(error: BaseException, program: Path) -> str:
    """The traceback from the program's own first line on, without the frames of this runner."""
    trace = error.__traceback__
    while trace and not Path(trace.tb_frame.f_code.co_filename).resolve().is_relative_to(program):
        trace = trace.tb_next
    return "".join(traceback.format_exception(error.with_traceback(trace or error.__traceback__)))


def run_program(arguments: argparse.Namespace) -> int:
    """Run the program against the engine; returns the exit code that the host reports."""
    try:
        import pulumi
        import pulumi.runtime
    except ImportError as missing:
        print(
            f"{sys.executable} has no '{missing.name}'; install the project's packages (`make deps`)",
            file=sys.stderr,
        )
        return 1
    config, secret_keys = pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
    pulumi.runtime.set_all_config(config, secret_keys)
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=arguments.project,
            stack=arguments.stack,
            parallel=arguments.parallel,
            dry_run=arguments.dry_run,
            organization=arguments.organization,
            root_directory=arguments.root,
            monitor=arguments.monitor,
            engine=arguments.engine,
        )
    )
    # The SDK leaves futures unobserved when a resource fails; asyncio's complaints would bury the error.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    program = Path(arguments.program).resolve()
    if program.is_dir() and not (program / "__main__.py").is_file():
        pulumi.log.error(f"no Python program in {program}: __main__.py is missing")
        return BAIL
    sys.argv = [str(program), *arguments.arguments]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Registrations block a thread each; fewer threads than parallel operations would throttle the engine.
    executor = ThreadPoolExecutor(max_workers=max(arguments.parallel, 1) * 4)
    loop.set_default_executor(executor)

    def run() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception as error:
        folder = program if program.is_dir() else program.parent
        pulumi.log.error("Program failed with an unhandled exception:\n" + own_traceback(error, folder))
        return BAIL
    finally:
        executor.shutdown(wait=True)
        loop.close()
    return 0


def main() -> int:
    """Parse what `service` passes and run it."""
    # The folder of this file must not offer its modules to the program.
    sys.path.pop(0)
    survive_interrupt_not_parent()
    if sys.argv[1] == "pack":
        sys.argv = [sys.argv[0], *sys.argv[2:]]
        runpy.run_module("pulumi.policy", run_name="__main__")
        return 0
    if sys.argv[1] == "plugin":
        program, sys.argv = sys.argv[2], sys.argv[2:]
        sys.path.insert(0, program)
        runpy.run_path(program, run_name="__main__")
        return 0
    parser = argparse.ArgumentParser()
    for name in ("monitor", "engine", "project", "stack", "organization", "root"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs="*")
    code = run_program(parser.parse_args(sys.argv[2:]))
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's gRPC threads can hang at interpreter shutdown; everything is written by now.
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
