"""The object gateway's configuration in the real haproxy: what is admitted arrives, all else never does."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as Unreachable

from tests.unit.roles.gateway import ACCOUNT, ALPHA, BETA, CREDENTIAL, STRANGER, Gateway
from tests.unit.roles.gateway_cases import (
    CASES,
    IN,
    LOGIN,
    LOGINS,
    OURS,
    OUT,
    SEALED,
    TOKENS,
    TYPE,
    Ask,
    Case,
    login,
)

REFUSED, NOT_HTTP, UNREACHED = 403, 400, 503


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    made = Gateway(tmp_path_factory.mktemp("gateway"))
    yield made
    made.close()


def sent(gateway: Gateway, ask: Ask) -> tuple[int, str]:
    return gateway.ask(ask.method, ask.target, *ask.headers, body=ask.body, client=ask.client)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_hostile_and_its_twin(gateway: Gateway, case: Case) -> None:
    code, said = sent(gateway, case.hostile)
    assert gateway.arrived == []
    if case.rule:
        assert (code, said.rpartition(": ")[2]) == (REFUSED, f"{case.rule}\n"), said
    else:
        assert code == NOT_HTTP
    assert sent(gateway, case.twin)[0] == 200
    (arrived,) = gateway.arrived
    assert (arrived.method, arrived.path) == (case.twin.method, case.twin.target)
    assert arrived.body == case.twin.body
    assert arrived.endpoint == ("identity" if case in LOGINS else "store")


def test_cases_are_told_apart() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) > 25


@pytest.mark.parametrize(
    "query", ["", "?format=json&limit=100&marker=a%2Fb&delimiter=/", "?prefix=%C3%A9t%C3%A9"]
)
def test_a_listing(gateway: Gateway, query: str) -> None:
    for container in (IN, OUT):
        assert gateway.ask("GET", f"{container}{query}")[0] == 200
        assert gateway.arrived[0].path == f"{container}{query}"


def test_the_endpoint_learns_no_more_than_it_needs(gateway: Gateway) -> None:
    ours = ("X-Auth-Token: t", "Range: bytes=0-9", "X-Object-Meta-A: b", "If-Match: x")
    gateway.ask("GET", f"{IN}/a", *ours, "User-Agent: patient-4711", "Traceparent: 4711", "Referer: 4711")
    (arrived,) = gateway.arrived
    assert set(arrived.headers) == {
        "host",
        "user-agent",
        "x-auth-token",
        "range",
        "x-object-meta-a",
        "if-match",
    }
    assert arrived.headers["host"] == f"endpoints.localcloud.internal:{gateway.store.place['port']}"
    assert "4711" not in str(arrived)


def test_a_key_for_signing_does_not_come_back(gateway: Gateway) -> None:
    assert "temp-url" not in gateway.ask("HEAD", IN)[1].lower()
    assert gateway.arrived


def test_a_second_request_in_the_first_ones_body_is_data(gateway: Gateway) -> None:
    hidden = SEALED + f"GET {ACCOUNT}/local-beta-in/a HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert gateway.ask("PUT", f"{OUT}/a", body=hidden)[0] == 200
    (arrived,) = gateway.arrived
    assert arrived.body == hidden
    both = f"PUT {OUT}/a HTTP/1.1\r\nHost: x\r\nContent-Length: {len(hidden)}\r\n"
    both += "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    answer = gateway.raw(both.encode() + hidden.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert all("beta" not in arrived.path for arrived in gateway.arrived), answer


def test_a_second_request_on_the_same_connection_is_judged_too(gateway: Gateway) -> None:
    first = f"GET {IN}/a HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = gateway.raw(
        f"{first}GET {ACCOUNT}/local-beta-in/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"403"]
    assert [arrived.path for arrived in gateway.arrived] == [f"{IN}/a"]


def test_what_is_read_of_a_login_is_all_of_it(gateway: Gateway) -> None:
    """The first bytes are a whole login; what was announced beyond them comes once it could have passed."""
    head = f"POST {TOKENS} HTTP/1.1\r\nHost: x\r\n{TYPE}\r\nConnection: close\r\n"
    head += f"Content-Length: {len(OURS) + 9}\r\n\r\n"
    answer = gateway.raw(head.encode() + OURS, later=b"more data", after=6)
    assert b" 200 " not in answer
    assert gateway.arrived == []
    answer = gateway.raw(head.encode() + OURS, later=b"         ", after=1)
    assert b" 200 " in answer
    assert gateway.arrived


@pytest.mark.parametrize("size", [0, 7, 10**6], ids=["short", "shorter than it looks", "long"])
def test_what_is_sealed_passes_whatever_its_size(gateway: Gateway, size: int) -> None:
    body = SEALED + bytes(size)
    assert gateway.ask("PUT", f"{OUT}/a", body=body)[0] == 200
    assert gateway.arrived[0].body == body


def test_the_beginning_may_come_in_pieces_and_late(gateway: Gateway) -> None:
    head = f"PUT {OUT}/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(SEALED)}\r\n\r\n"
    assert b" 200 " in gateway.raw(head.encode() + SEALED[:5], later=SEALED[5:], after=1)
    assert gateway.arrived[0].body == SEALED
    plain = b"results".ljust(len(SEALED))
    assert b"refused by the gateway: unsealed" in gateway.raw(
        head.encode() + plain[:5], later=plain[5:], after=1
    )
    assert gateway.arrived == []


def test_a_space_without_a_declared_credential_cannot_log_in(tmp_path: Path) -> None:
    bare = Gateway(tmp_path, object_gateway_credentials={"beta": [CREDENTIAL["beta"]]})
    try:
        assert sent(bare, LOGIN)[0] == REFUSED
        theirs = login(OURS.replace(CREDENTIAL["alpha"].encode(), CREDENTIAL["beta"].encode()), client=BETA)
        assert sent(bare, theirs)[0] == 200
        assert [arrived.endpoint for arrived in bare.arrived] == ["identity"]
    finally:
        bare.close()


def test_the_clients_that_people_use_spell_a_login_so(gateway: Gateway) -> None:
    """keystoneauth's request, caught on its way: body, type and path are its own."""
    caught: list[PreparedRequest] = []

    class Catcher(HTTPAdapter):
        def send(self, request: PreparedRequest, **_: Any) -> Response:  # type: ignore[override]
            caught.append(request)
            raise Unreachable

    plugin = v3.ApplicationCredential(
        "https://gateway/v3",
        application_credential_id=CREDENTIAL["alpha"],
        application_credential_secret="s3cret-_",
    )
    made = Session()
    made.mount("https://", Catcher())
    with pytest.raises(exceptions.ConnectFailure):
        plugin.get_token(session.Session(session=made))
    (asked,) = caught
    assert isinstance(asked.body, bytes | str)
    body = asked.body.encode() if isinstance(asked.body, str) else asked.body
    headers = [f"{name}: {value}" for name, value in asked.headers.items() if name != "Connection"]
    assert gateway.ask(asked.method or "", asked.path_url, *headers, body=body)[0] == 200
    assert [(arrived.endpoint, arrived.path) for arrived in gateway.arrived] == [("identity", TOKENS)]


def test_an_endpoint_of_another_authority_gets_nothing(tmp_path: Path, gateway: Gateway) -> None:
    other = Gateway(tmp_path, object_gateway_store=gateway.store.place)
    try:
        assert sent(other, Ask("GET", f"{IN}/a", ("X-Auth-Token: t",)))[0] == UNREACHED
        assert [*other.arrived, *gateway.arrived] == []
    finally:
        other.close()


def test_an_endpoint_of_another_name_gets_nothing(tmp_path: Path) -> None:
    named = Gateway(tmp_path)
    try:
        assert sent(named, Ask("GET", f"{IN}/a"))[0] == 200
        assert named.arrived
        text = (tmp_path / "haproxy.cfg").read_text()
        (tmp_path / "haproxy.cfg").write_text(text.replace("sni str(endpoints", "sni str(other"))
        named.restart()
        assert sent(named, Ask("GET", f"{IN}/a"))[0] == UNREACHED
        assert named.arrived == []
    finally:
        named.close()


def test_without_tls_there_is_no_answer(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), source_address=(ALPHA, 0), timeout=5) as plain:
        plain.sendall(f"GET {IN}/a HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b"200" not in plain.recv(1000)
    assert gateway.arrived == []


def test_what_the_store_can_do_is_nobodys_to_know(gateway: Gateway) -> None:
    assert gateway.ask("GET", "/info")[0] == 404
    assert gateway.ask("GET", "/info", client=STRANGER)[0] == REFUSED
    assert gateway.ask("GET", "/info?swiftinfo_sig=x")[0] == REFUSED
    assert gateway.arrived == []


def test_every_answer_is_a_line_with_who_and_why(gateway: Gateway) -> None:
    gateway.ask("GET", f"{ACCOUNT}/local-beta-in/told", "X-Auth-Token: geheim")
    gateway.ask("GET", f'{IN}/told"verdict=login')
    gateway.ask("GET", f"{IN}/told", client=BETA)

    def told() -> list[str]:
        # By name: a line of what was asked before may come late on a busy machine.
        return [line for line in gateway.log().splitlines() if "/told" in line]

    end = time.monotonic() + 10
    while len(lines := told()) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    assert [line.split()[0] for line in lines] == ["client=alpha", "client=alpha", "client=beta"]
    assert all("answer=403 verdict=- refused=undeclared method=GET" in line for line in lines)
    assert 'path="/v1/' in lines[0]
    assert r"/told\"verdict=login" in lines[1]
    assert "geheim" not in gateway.log()
