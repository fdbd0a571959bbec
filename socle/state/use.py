"""Says in an environment's folder that its state lies in PostgreSQL, once the database is as it must be."""

from __future__ import annotations

from pathlib import Path

from socle.env import STATE_FILE, Environment
from socle.errors import UserError
from socle.identity import write_private
from socle.state.address import Address, check_files, parse
from socle.state.backend import stacks
from socle.state.store import Folder, Table

# What the role can do, and whether this very connection is encrypted.
_ASK = """
SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
       (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
       (SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()),
       (SELECT count(*) FROM pg_database WHERE datname <> current_database() AND datdba = role.oid)
FROM pg_roles role WHERE rolname = current_user"""
_TOO_MUCH = ("SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS")


def check(text: str) -> Address:
    """A database that may hold states. Raises UserError with what is wrong about its address or its role."""
    address = parse(text, where="URL")
    check_files(address, "URL")
    *powers, encrypted, owner, others = Table(address).ask(_ASK)[0].split("\t")
    if has := [name for name, said in zip(_TOO_MUCH, powers, strict=True) if said == "t"]:
        fix = f"give Pulumi a role of its own: ALTER ROLE … NO{has[0]}"
        raise UserError(f"the role may do more than keep states: {', '.join(has)}", address.short, fix)
    if encrypted != "t":
        raise UserError("the server says that the connection is not encrypted", address.short, "use TLS")
    if owner != "t" or others != "0":
        fix = "make one database for Pulumi and its role the owner of that one"
        raise UserError("the role does not own this database and no other", address.short, fix)
    return address


def use(environment: Environment, text: str) -> None:
    """The environment's state is there from now on. UserError when stacks would stay behind."""
    address = check(text)
    behind = [stack.name for stack in stacks(Folder(environment.folder / "backend"))]
    if behind:
        what = f"the environment has stacks in a folder: {', '.join(behind)}"
        raise UserError(what, str(environment.folder), "move them: socle state move URL")
    note(environment, address)


def note(environment: Environment, address: Address) -> Path:
    """Write the file that `socle env` reads."""
    path = environment.folder / STATE_FILE
    write_private(path, f"{address.text}\n".encode())
    return path
