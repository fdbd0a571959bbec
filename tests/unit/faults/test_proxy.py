"""The fault proxy before a small HTTPS server: only addresses change, each fault is what it says."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy, Upstream, own_address, running
from tests.faults.rules import Fault, Faults, Rule
from tests.unit.faults.upstream import BIG, Cloud, client, standing


@contextmanager
def proxied(
    folder: Path, rules: Sequence[Rule] = (), *, opaque: bool = False, slow: tuple[float, float] = (0, 0)
) -> Iterator[tuple[Cloud, Proxy]]:
    (folder / "cloud").mkdir()
    (folder / "proxy").mkdir()
    with ExitStack() as stack:
        cloud, upstream = stack.enter_context(standing(folder / "cloud", opaque=opaque))
        faults = Faults(rules, seed=1, slow_seconds=slow)
        yield cloud, stack.enter_context(running(upstream, faults, folder / "proxy"))


def ask(
    connection: http.client.HTTPSConnection, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    connection.request(method, path, body, headers)  # type: ignore[arg-type]
    answer = connection.getresponse()
    return answer.status, answer.read(), dict(answer.getheaders())


def test_the_catalogue_and_links_lead_back_to_the_proxy(tmp_path: Path) -> None:
    with proxied(tmp_path) as (cloud, proxy):
        port = cloud.server_address[1]
        here = f"https://{proxy.address}:{port}"
        status, body, _ = ask(client(proxy), "GET", "/catalogue")
        assert status == 200
        said = json.loads(body)
        assert said["url"] == f"{here}/v2.1"
        assert said["next"] == f"{here}/list?marker=a"
        assert said["other"] == f"https://127.0.0.1:{port}0/v2.1", (
            "a port that is not the cloud's was touched"
        )
        _, _, headers = ask(client(proxy), "POST", "/created", b"x")
        assert headers["Location"] == f"{here}/created/1"
        assert headers["X-Object-Meta-Home"] == f"https://127.0.0.1:{port}"


def test_references_that_clients_send_back_are_the_clouds_again(tmp_path: Path) -> None:
    with proxied(tmp_path) as (cloud, proxy):
        port = cloud.server_address[1]
        sent = json.dumps({"secret_ref": f"https://{proxy.address}:{port}/v1/secrets/1"}).encode()
        ask(client(proxy), "POST", "/refs", sent, **{"Content-Type": "application/json"})
        assert json.loads(cloud.seen[0][2]) == {"secret_ref": f"https://127.0.0.1:{port}/v1/secrets/1"}


def test_what_users_stored_is_not_rewritten(tmp_path: Path) -> None:
    with proxied(tmp_path, opaque=True) as (cloud, proxy):
        _, body, _ = ask(client(proxy), "GET", "/catalogue")
        assert json.loads(body)["url"] == f"https://127.0.0.1:{cloud.server_address[1]}/v2.1"


def test_one_connection_serves_many_requests_of_every_method(tmp_path: Path) -> None:
    with proxied(tmp_path) as (cloud, proxy):
        connection = client(proxy)
        for method in ("GET", "PUT", "PATCH", "DELETE", "COPY", "POST"):
            status, body, _ = ask(connection, method, f"/{method}?a=b%20c", b"12345", **{"X-Auth-Token": "t"})
            assert status == 200
            assert json.loads(body)["path"] == f"/{method}?a=b%20c"
        assert ask(connection, "HEAD", "/x")[:2] == (200, b"")
        assert ask(connection, "GET", "/nothing")[:2] == (204, b"")
        assert ask(connection, "GET", "/x")[0] == 200
        assert cloud.seen[0][3]["X-Auth-Token"] == "t"
        assert cloud.seen[0][3]["Host"].startswith(proxy.address), "signatures cover the Host header"


def test_large_and_chunked_bodies_arrive_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * (BIG // 256)
    digest = hashlib.sha256(content).hexdigest()
    with proxied(tmp_path) as (_, proxy):
        connection = client(proxy)
        plain = json.loads(ask(connection, "PUT", "/object", content)[1])
        pieces = (content[at : at + 100_000] for at in range(0, len(content), 100_000))
        chunked = json.loads(ask(connection, "PUT", "/object", pieces)[1])
        assert plain["sha256"] == chunked["sha256"] == digest
        assert len(ask(connection, "GET", "/streamed")[1]) == BIG


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(tmp_path: Path) -> None:
    with proxied(tmp_path) as (cloud, proxy):
        connection = client(proxy)
        connection.putrequest("PUT", "/object")
        connection.putheader("Content-Length", "5")
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        assert connection.sock.recv(65536).startswith(b"HTTP/1.1 100")
        connection.send(b"12345")
        assert connection.getresponse().status == 200
        assert cloud.seen[0][2] == b"12345"


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.UNAVAILABLE])
def test_a_refusal_never_reaches_the_cloud_and_keeps_the_connection(tmp_path: Path, fault: Fault) -> None:
    with proxied(tmp_path, [Rule(fault, 1, frozenset({"POST"}))]) as (cloud, proxy):
        connection = client(proxy)
        status, _, headers = ask(connection, "POST", "/servers", b"x" * 200_000)
        assert status == int(fault)
        assert headers.get("Retry-After") == ("1" if fault is Fault.TOO_MANY else None)
        assert cloud.seen == []
        assert ask(connection, "GET", "/servers")[0] == 200


@pytest.mark.parametrize(("fault", "done"), [(Fault.RESET_BEFORE, 0), (Fault.RESET_AFTER, 1)])
def test_a_reset_before_is_not_done_and_a_reset_after_is(tmp_path: Path, fault: Fault, done: int) -> None:
    with proxied(tmp_path, [Rule(fault, 1, frozenset({"POST"}))]) as (cloud, proxy):
        connection = client(proxy)
        connection.putrequest("POST", "/servers?signature=secret")
        connection.putheader("Content-Length", "5")
        connection.endheaders(b"12345")
        with pytest.raises(ConnectionResetError):
            connection.getresponse()
        assert len(cloud.seen) == done
        (entry,) = proxy.faults.log
        assert (entry.fault, entry.method, entry.path) == (fault, "POST", "/servers")
        assert "secret" not in proxy.faults.lines()


def test_a_slow_answer_is_held_back_and_right(tmp_path: Path) -> None:
    with proxied(tmp_path, [Rule(Fault.SLOW, 1)], slow=(0.3, 0.4)) as (_, proxy):
        began = time.monotonic()
        assert ask(client(proxy), "GET", "/x")[0] == 200
        assert 0.3 <= time.monotonic() - began < 5
        assert 0.3 <= proxy.faults.log[0].seconds <= 0.4


def test_an_answer_that_the_cloud_cut_is_not_passed_for_whole(tmp_path: Path) -> None:
    with proxied(tmp_path) as (_, proxy), pytest.raises((http.client.IncompleteRead, OSError)):
        ask(client(proxy), "GET", "/cut")


def test_another_server_cannot_be_asked_through_it(tmp_path: Path) -> None:
    with proxied(tmp_path) as (cloud, proxy):
        assert ask(client(proxy), "GET", "https://192.0.2.1/x")[0] == 400
        assert cloud.seen == []


def test_only_loopback_is_served_and_only_from_an_address_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="embedded clouds only"):
        Upstream("192.0.2.1", tmp_path, frozenset({443}))
    upstream = Upstream("127.77.3.1", tmp_path, frozenset({443}))
    for listen in ("127.77.3.1", "192.0.2.1"):
        with (
            pytest.raises(ValueError, match="of its own"),
            running(upstream, Faults((), 1), tmp_path, listen),
        ):
            pass
    assert own_address("127.77.3.1") == "127.78.3.1"


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.SHORT])
def test_half_of_a_body_is_seen_by_the_connection_or_by_nobody(tmp_path: Path, fault: Fault) -> None:
    with proxied(tmp_path, [Rule(fault, 1.0)], opaque=True) as (cloud, proxy):
        if fault is Fault.CUT:
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                ask(client(proxy), "GET", "/any")
            with pytest.raises((http.client.HTTPException, ConnectionError)):
                ask(client(proxy), "PUT", "/any", b"0123456789")
            return
        status, body, headers = ask(client(proxy), "GET", "/any")
        assert (status, headers["Content-Length"]) == (200, str(len(body)))
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(body)
        ask(client(proxy), "PUT", "/any", b"0123456789")
        assert cloud.seen[-1][2] == b"01234"
