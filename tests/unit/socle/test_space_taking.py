"""A space that is frozen or closed loses its credential first, and a lost workstation holds nothing up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pytest

from infra.specification import load_space
from socle.errors import FailureError
from socle.space import apply, taking
from tests.unit.socle.conftest import ALPHA

DESK = "local-alpha-desk"


class Context:
    """Notes what is run and said; `broken`: hosts do not answer."""

    def __init__(self, *, broken: bool = False) -> None:
        self.environment = Thing(ssh_dir=Path("/nowhere"))
        self.ran: list[tuple[str, ...]] = []
        self.said: list[str] = []
        self.broken = broken

    def tool(self, *argv: str) -> int:
        self.ran.append(argv)
        if self.broken:
            raise FailureError("ssh ended with 255: connect timed out")
        return 0

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The servers that it has."""
    servers = [Thing(name=DESK, status="ACTIVE"), Thing(name="local-bastion", status="ACTIVE")]
    pins = {
        "1": Thing(name=DESK, floating="", fixed="10.16.32.18", roles=["workstation"]),
        "2": Thing(name="local-bastion", floating="192.0.2.1", fixed="10.16.0.4", roles=["bastion"]),
    }
    monkeypatch.setattr(taking, "Cloud", lambda _: Thing(servers=lambda: servers))
    monkeypatch.setattr(taking.pins, "load", lambda _: pins)
    return servers


def test_what_the_role_put_there_is_taken_away(tree: Path, cloud: list[Any]) -> None:
    assert cloud
    context: Any = Context()
    taking.take_away(context, load_space("local-space-alpha", tree))
    (argv,) = context.ran
    assert argv[:3] == ("ssh", "-o", "ConnectTimeout=10")
    assert argv[-7:] == ("sudo", "-n", "rm", "-rf", "--", "/srv/work/.socle", "/etc/socle/objects/access")
    assert context.said == [f"{DESK}: credential and keys are taken away"]


def test_the_role_puts_it_where_it_is_taken_from() -> None:
    role = Path(taking.__file__).parents[2] / "roles/space_access"
    assert f'FOLDER = "{taking.FOLDER}"' in (role / "files/place.py").read_text()
    assert f"space_access_link: {taking.LINK}\n" in (role / "defaults/main.yml").read_text()


def test_a_workstation_that_does_not_answer_or_is_off_holds_nothing_up(tree: Path, cloud: list[Any]) -> None:
    space = load_space("local-space-alpha", tree)
    lost: Any = Context(broken=True)
    taking.take_away(lost, space)
    assert lost.said == [
        f"{DESK} keeps its copy, on its sealed volume: ssh ended with 255: connect timed out"
    ]
    cloud[0].status = "SHUTOFF"
    off: Any = Context()
    taking.take_away(off, space)
    assert (off.ran, off.said) == ([], [])


@pytest.mark.parametrize(
    ("phase", "first"), [("open", "platform"), ("frozen", "access"), ("closed", "access")]
)
def test_it_comes_before_the_hosts_go(tree: Path, phase: str, first: str) -> None:
    text = (tree / ALPHA).read_text()
    (tree / ALPHA).write_text(text.replace("phase: open\n", f"phase: {phase}\n"))
    names = [step.name for step in apply.steps(load_space("local-space-alpha", tree))]
    assert names[0] == first
    assert ("access" in names) is (phase != "open")
