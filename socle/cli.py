"""The command line: gathers the verbs, and turns every error into one line and a documented exit code."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from typing import Annotated

import typer

from socle import __version__
from socle.errors import ExitCode, SocleError
from socle.options import CloudName, help_with
from socle.paths import state
from socle.verbs import Verbs

_INTERRUPTED = 130  # what the parser makes of a KeyboardInterrupt

app = typer.Typer(
    name="socle",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=help_with(
        "Operate the platform: the embedded cloud, its flows, its hosts, their checks.",
        "socle local up               # a real OpenStack, the platform on it, hardened and checked",
        "socle shell                  # a shell where pulumi, ansible-playbook and openstack work",
        "socle check --format junit --output report.xml",
        "socle hosts ssh local-services",
        "socle change list            # with four eyes: propose, approve, apply",
        "socle space list             # project spaces: open, extend, freeze, thaw, close",
        "socle drift                  # what is not as declared; `--plan` says what to do",
        "socle migrate status x.yaml  # from Azure Blob Storage, proven object by object",
        "socle flows                  # what may talk to what; `socle flows can X Y PORT` says why",
        note="Exit codes: 0 holds, 1 our own failure, 2 bad input or usage, 3 findings, 4 unproven.",
    ),
)


def _version(asked: bool) -> None:
    if asked:
        from socle.records.version import project_version

        print(f"socle {project_version() or __version__}")
        raise typer.Exit


@app.callback(cls=Verbs)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the verb."""


@app.command(
    help=help_with(
        "Print the environment of tool runs: names and paths, no secrets.",
        'eval "$(socle env --shell)"',
        "socle env --cloud test",
        note="At a provider, export OS_CLIENT_CONFIG_FILE and OS_CLOUD first: they are respected.",
    )
)
def env(
    cloud: CloudName, shell: Annotated[bool, typer.Option("--shell", help="Only the export lines.")] = False
) -> None:
    """Print the environment of tool runs."""
    from socle.env import export_lines, prepare
    from socle.shell import how_to

    environment = prepare(cloud, pulumi=True)
    print("\n".join(export_lines(environment)))
    if not shell:
        print("\n".join(f"# {line}" for line in how_to(environment).splitlines()))


@app.command(help=help_with("Open a shell with that environment.", "socle shell", "socle shell --cloud test"))
def shell(cloud: CloudName) -> None:
    """Open a shell with the environment of tool runs."""
    from socle.env import prepare
    from socle.shell import open_shell

    open_shell(prepare(cloud, pulumi=True))


def main() -> None:
    """Entry point of the `socle` script."""
    try:
        code = app(standalone_mode=False)
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else ExitCode.HOLDS)
    except SocleError as error:
        _end(str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _end("interrupted; run the same command again to go on", ExitCode.OWN_FAILURE)
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OWN_FAILURE)
    except Exception as error:
        _end_usage(error)
        if os.environ.get("SOCLE_DEBUG") == "1":
            raise
        _end(
            f"{type(error).__name__}: {error}; see {_keep_trace()}, or set SOCLE_DEBUG=1",
            ExitCode.OWN_FAILURE,
        )


def _end_usage(error: Exception) -> None:
    """End with exit code 2 when the parser of options refused the command line."""
    if not hasattr(error, "format_message"):
        return
    verb = getattr(getattr(error, "ctx", None), "command_path", "socle").replace("-", "", 1).strip()
    if "NoArgsIsHelp" in type(error).__name__:  # its message is the whole help
        print(error.format_message(), file=sys.stderr)
        sys.exit(ExitCode.USAGE)
    _end(
        f"{error.format_message().rstrip('.')}; see `socle {verb.removeprefix('socle')} --help`",
        ExitCode.USAGE,
    )


def _end(line: str, code: ExitCode) -> None:
    print(f"socle: {' '.join(line.split())}", file=sys.stderr)
    sys.exit(code)


def _keep_trace() -> Path:
    folder = state() / "log"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"failure-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.log"
    path.write_text(traceback.format_exc(), encoding="utf-8")
    path.chmod(0o600)
    return path
