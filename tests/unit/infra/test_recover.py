"""Servers in ERROR: which of them `up` is told to replace, and what people are told."""

import subprocess
from typing import Any

import pytest

from infra import recover
from infra.recover import GONE, Broken, Servers, recovery

URN = "urn:pulumi:local-platform::hdh::socle:compute:Host$openstack:compute/instance:Instance::local-services"
STATE: dict[str, Any] = {
    "deployment": {
        "resources": [
            {"urn": "urn:pulumi:local-platform::hdh::pulumi:pulumi:Stack::s", "type": "pulumi:pulumi:Stack"},
            {
                "urn": URN.replace("instance:Instance", "volume:Volume"),
                "type": "openstack:x:Volume",
                "id": "one",
            },
            {"urn": URN, "type": "openstack:compute/instance:Instance", "id": "one"},
        ]
    }
}
KNOWN = Broken("one", "local-services", "No valid host was found.")
STRANGER = Broken("two", "local-old", "nova gives no reason")
BOTH = Servers(frozenset({"one", "two"}), (KNOWN, STRANGER))


def test_a_server_of_the_stack_is_replaced_and_a_stranger_is_only_named() -> None:
    found = recovery(STATE, BOTH)
    assert found.replace == ((URN, KNOWN),)
    assert found.strangers == (STRANGER,)
    assert recovery({"deployment": {"resources": None}}, BOTH).strangers == (KNOWN, STRANGER)


VOLUME: dict[str, Any] = {
    "urn": "urn:pulumi:local-platform::hdh::openstack:blockstorage/volume:Volume::local-services-data",
    "type": "openstack:blockstorage/volume:Volume",
    "id": "v1",
    "initErrors": ["the volume is in error status"],
}


@pytest.mark.parametrize(
    ("made", "failed", "replaced"),
    [
        (VOLUME, {"v1"}, True),
        (VOLUME, {"v2"}, False),
        # Once it was whole it may hold data, whatever became of it.
        ({**VOLUME, "initErrors": []}, {"v1"}, False),
    ],
)
def test_only_a_volume_that_was_never_made_is_replaced(
    made: dict[str, Any], failed: set[str], replaced: bool
) -> None:
    state = {"deployment": {"resources": [made]}}
    found = recovery(state, Servers(frozenset(), (), frozenset(failed)))
    assert [urn for urn, _ in found.replace] == ([VOLUME["urn"]] if replaced else [])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"message": "No valid host\n was found."}, "No valid host was found."),
        ({}, "nova gives no reason"),
        (None, "nova gives no reason"),
    ],
)
def test_novas_reason_is_one_line(fault: dict[str, Any] | None, said: str) -> None:
    assert recover.reason_of(fault) == said


def test_what_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(recover, "servers_of", lambda _: BOTH)
    monkeypatch.setattr(recover, "exported", lambda _: STATE)
    assert recover.main(["--stack", "local-platform"]) == 3
    out, err = capsys.readouterr()
    assert out == f"--replace {URN}\n"
    first, second = err.splitlines()
    assert first == "local-services is in ERROR: No valid host was found.; `up` will replace it"
    assert second.startswith(
        "local-old (two) is in ERROR and no part of the stack: nova gives no reason; delete"
    )


def test_a_server_that_is_gone_is_replaced_and_a_sound_one_is_left_alone() -> None:
    ((urn, server),) = recovery(STATE, Servers(frozenset({"two"}), ())).replace
    assert (urn, server.name, server.reason) == (URN, "local-services", GONE)
    assert recovery(STATE, Servers(frozenset({"one"}), ())) == recover.Recovery((), ())


def test_nothing_broken_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recover, "servers_of", lambda _: Servers(frozenset({"one"}), ()))
    monkeypatch.setattr(recover, "exported", lambda _: STATE)
    assert recover.main(["--stack", "local-platform"]) == 0
    assert capsys.readouterr() == ("", "")


def test_what_cannot_be_read_is_not_called_clean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: str) -> Servers:
        raise ConnectionError("no route\nto host")

    def failing(_: str) -> dict[str, Any]:
        raise subprocess.CalledProcessError(255, ["pulumi"], stderr="error: no stack named 'x' found\n")

    monkeypatch.setattr(recover, "exported", lambda _: STATE)
    monkeypatch.setattr(recover, "servers_of", refused)
    assert recover.main(["--stack", "local-platform"]) == 1
    assert capsys.readouterr().err == "the cloud cannot be asked about servers: no route to host\n"
    monkeypatch.setattr(recover, "exported", failing)
    assert recover.main(["--stack", "local-platform"]) == 1
    assert (
        "pulumi cannot read stack local-platform: error: no stack named 'x' found" in capsys.readouterr().err
    )
    assert recover.main(["--stack", "../x"]) == 2
