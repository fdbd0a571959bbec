"""The address of a state: what a `postgres://` one must and must not say. Connects to nothing."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from socle.errors import UserError

WHERE = "PULUMI_BACKEND_URL"
SCHEMES = ("postgres", "postgresql")
# What Pulumi's driver and psql both understand, and `table`, which is Pulumi's own.
KNOWN = {
    "application_name",
    "connect_timeout",
    "passfile",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "table",
}
DEFAULT_TABLE = "pulumi_state"
MOST_PRIVATE = 0o600
SAY = "say postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=FILE&passfile=FILE"


@dataclass(frozen=True)
class Address:
    """A PostgreSQL database that holds states: names and paths, never a password."""

    text: str
    host: str
    table: str

    @property
    def for_psql(self) -> str:
        """The same address without what only Pulumi knows."""
        parts = urlsplit(self.text)
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "table"]
        return parts._replace(scheme="postgresql", query=urlencode(kept, quote_via=quote, safe="/")).geturl()

    @property
    def prefix(self) -> str:
        """What Pulumi puts before every key: the path of the address."""
        return urlsplit(self.text).path.strip("/") + "/"

    @property
    def short(self) -> str:
        """Without its parameters, for people."""
        return urlsplit(self.text)._replace(query="").geturl()


def is_postgres(text: str) -> bool:
    """Whether an address is one of PostgreSQL."""
    return text.partition(":")[0] in SCHEMES


def parse(text: str, exported: Mapping[str, str] | None = None, where: str = WHERE) -> Address:
    """Read the address of a PostgreSQL database; `exported` may say the parameters in libpq's variables.

    Raises UserError for a password in it, for anything less than TLS with `verify-full`, for a parameter
    that Pulumi and psql do not both understand. The message never repeats the password.
    """
    exported = os.environ if exported is None else exported
    try:
        parts = urlsplit(text)
        parameters = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        host, password, _ = parts.hostname or "", parts.password, parts.port
    except ValueError:
        raise UserError("not an address of the form postgres://USER@HOST:PORT/DATABASE", where, SAY) from None
    if parts.scheme not in SCHEMES:
        raise UserError("not an address of PostgreSQL", where, SAY)
    if password is not None or {"password", "sslpassword"} & parameters.keys():
        raise UserError(
            "the address carries a password, which process lists and logs would show",
            where,
            "take it out and add passfile=FILE, a file of mode 0600 with host:port:database:user:password",
        )
    if not (host and parts.username and parts.path.strip("/")):
        raise UserError("the address does not name user, host and database", where, SAY)
    if unknown := sorted(parameters.keys() - KNOWN):
        raise UserError(f"unknown parameter {unknown[0]}", where, f"known are {', '.join(sorted(KNOWN))}")
    mode = parameters.get("sslmode") or exported.get("PGSSLMODE", "")
    if mode != "verify-full":
        raise UserError(
            f"sslmode is {mode or 'not said'}: the server's name would not be verified",
            where,
            "say sslmode=verify-full",
        )
    if not (parameters.get("sslrootcert") or exported.get("PGSSLROOTCERT")):
        raise UserError(
            "no sslrootcert: who may vouch for the server?", where, "say sslrootcert=FILE, or system"
        )
    table = parameters.get("table", DEFAULT_TABLE)
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?", table):
        raise UserError(
            f"not a table's name: {table!r}", where, "use lower-case letters, digits, underscores"
        )
    return Address(text, host, table)


def check_files(address: Address, where: str = WHERE) -> None:
    """Raises UserError when a file that the address names cannot be read, or others may read the password."""
    parameters = dict(parse_qsl(urlsplit(address.text).query))
    for name in ("sslrootcert", "passfile", "sslcert", "sslkey"):
        value = parameters.get(name)
        if not value or (name == "sslrootcert" and value == "system"):
            continue
        path = Path(value)
        if not path.is_absolute():
            raise UserError(f"{name} is no absolute path: {value}", where, "say the whole path")
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            path.open("rb").close()
        except OSError as error:
            raise UserError(f"{name} {value} cannot be read: {error.strerror}", where, "mend it") from None
        if name in ("passfile", "sslkey") and mode & ~MOST_PRIVATE:
            raise UserError(f"{name} {value} is open to others (mode {mode:o})", where, f"chmod 600 {value}")
