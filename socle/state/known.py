"""The values that a scan looks for: what a person gives, and the secrets that the environment itself has."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from socle.env import Environment
from socle.errors import UnprovenError, UserError
from socle.state.address import is_postgres
from socle.state.needles import Needle, needle


def needles(environment: Environment, given: list[str]) -> list[Needle]:
    """The needles of a scan. UserError when there is nothing to look for or a value is too short."""
    wanted = [needle(f"value {n}", line.strip()) for n, line in enumerate(given, 1) if line.strip()]
    for name, path in _own(environment):
        wanted += [needle(name, value) for value in _read(path, name)]
    if not wanted:
        raise UserError("nothing to look for", "standard input", "give the secrets there, one a line")
    return wanted


def _own(environment: Environment) -> list[tuple[str, Path]]:
    """Files that hold a secret of the environment's."""
    files = {"the passphrase of the state": environment.variables.get("PULUMI_CONFIG_PASSPHRASE_FILE")}
    url = environment.variables["PULUMI_BACKEND_URL"]
    if is_postgres(url):
        files["the database's password"] = dict(parse_qsl(urlsplit(url).query)).get("passfile")
    return [(name, Path(path)) for name, path in files.items() if path]


def _read(path: Path, name: str) -> list[str]:
    """A password file has the password last, after four fields; a passphrase file is one line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UnprovenError(f"{name} cannot be read: {error.strerror}", str(path)) from None
    fields = [line for line in lines if line.strip() and not line.startswith("#")]
    if name != "the database's password":
        return fields[:1]
    return [line.split(":", 4)[-1].replace("\\:", ":").replace("\\\\", "\\") for line in fields]
