"""What the checks ask of a host's object gateway, asked of the real haproxy on the role's configuration."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.catalogue import controls
from tests.hosts.checks import CHECKS, Host, State
from tests.hosts.collector import objects
from tests.unit.roles.gateway import CLIENTS, CREDENTIAL, PROJECT, Gateway

HOST = Host(
    "local-services",
    "",
    22,
    "automation",
    "",
    ("always", "object_gateway"),
    own_address="127.0.0.1",
    objects={
        "clients": CLIENTS,
        "account": f"AUTH_{PROJECT}",
        "credentials": {name: [credential] for name, credential in CREDENTIAL.items()},
    },
)
ASKED = next(c for c in controls() if c.id == "SOC-OGW-01").parameters


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    made = Gateway(tmp_path_factory.mktemp("gateway"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def here(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The probes' places on a host, here."""
    make = ssl.create_default_context

    def context(**_: Any) -> ssl.SSLContext:
        made = make(cafile=str(gateway.folder / "ca/gateway.crt"))
        made.check_hostname = False  # the certificate is the services host's, which this is not
        return made

    monkeypatch.setattr(objects.ssl, "create_default_context", context)
    monkeypatch.setattr(objects, "PORT", gateway.port)
    monkeypatch.setattr(objects, "FOLDER", gateway.folder)
    monkeypatch.setattr(objects, "ADMIN", str(gateway.folder / "checks.sock"))


def wrong(kind: str, section: str, value: Any, parameters: dict[str, Any]) -> list[str]:
    outcome = CHECKS[kind](parameters, State({section: {"value": value}}), HOST)
    return [violation.subject for violation in outcome.violations]


def asked() -> Any:
    questions = [*ASKED["admitted"], *ASKED["refused"]]
    return objects.gateway(
        {"asked": questions, "objects": HOST.objects, "name": HOST.name, "address": HOST.own_address}
    )


def test_every_question_of_the_catalogue(gateway: Gateway) -> None:
    assert wrong("object_gateway", "gateway", asked(), ASKED) == []
    assert {arrived.path.split("/")[3].partition("?")[0] for arrived in gateway.arrived} == {
        "local-gateway-check"
    }


def test_the_catalogues_mutation_is_seen(gateway: Gateway) -> None:
    config = gateway.folder / "haproxy.cfg"
    kept = config.read_text()
    config.write_text("".join(line for line in kept.splitlines(True) if "deny_status 403" not in line))
    gateway.restart()
    try:
        assert set(wrong("object_gateway", "gateway", asked(), ASKED)) == {*ASKED["refused"]}
    finally:
        config.write_text(kept)
        gateway.restart()
        gateway.arrived  # noqa: B018 - forgets them


def test_a_store_that_is_not_reached_is_no_pass(gateway: Gateway) -> None:
    config = gateway.folder / "haproxy.cfg"
    kept = config.read_text()
    config.write_text(kept.replace(f":{gateway.store.place['port']} ssl", ":9 ssl"))
    gateway.restart()
    try:
        assert set(wrong("object_gateway", "gateway", asked(), ASKED)) == {*ASKED["admitted"]}
    finally:
        config.write_text(kept)
        gateway.restart()


def test_the_tables_are_those_of_the_process(gateway: Gateway) -> None:
    found = objects.gateway_tables({})
    assert wrong("object_tables", "gateway_tables", found, {}) == []
    file = gateway.folder / "containers.map"
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(objects.ADMIN)
        link.sendall(f"add map {file} _self|AUTH_f/x write\n".encode())
        link.recv(99)
    assert "AUTH_f" not in file.read_text()
    assert wrong("object_tables", "gateway_tables", objects.gateway_tables({}), {}) == [
        "containers _self|AUTH_f/x write"
    ]
    gateway.restart()
    assert wrong("object_tables", "gateway_tables", objects.gateway_tables({}), {}) == []


def test_a_table_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(objects, "FOLDER", tmp_path)
    with pytest.raises(OSError, match=r"clients\.map"):
        objects.gateway_tables({})


def test_each_process_tells_what_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "run", lambda *_: f"{os.getpid()}\n")
    (found,) = objects.gateway_cage({}).values()
    assert set(found) == {"Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp"}
    assert found["Uid"] == str(os.getuid())
