"""Asking hosts over ssh: a lost connection is asked for again where that is safe, and told in ssh's words."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.hosts import remote
from tests.unit.controls.shared import HOST

LOST = "debug1: x\nTimeout, server 192.0.2.1 not responding.\n"


class Line:
    """A connection that answers what it is told to, one entry a question; None: ssh itself failed."""

    def __init__(self, *answers: str | None) -> None:
        self.answers: Iterator[str | None] = iter(answers)
        self.asked = 0

    def run(self, command: str) -> SimpleNamespace:
        self.asked += 1
        answer = next(self.answers)
        if answer is None:
            # What testinfra raises: the whole result, whose text is the whole command.
            raise RuntimeError(SimpleNamespace(rc=255, command=command, stderr=LOST, stdout=""))
        return SimpleNamespace(rc=0, stdout=answer, stderr="")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Line:
    answers = Line(*request.param)
    monkeypatch.setattr(remote, "connection", lambda _: answers)
    return answers


@pytest.mark.parametrize("line", [(None, '{"kernel": {}}')], indirect=True)
def test_a_lost_connection_is_asked_for_once_more(line: Line) -> None:
    assert remote.collect(HOST).sections == {"kernel": {}}
    assert line.asked == 2


@pytest.mark.parametrize("line", [(None, None, "{}")], indirect=True)
def test_a_host_that_stays_away_is_unreadable_in_ssh_s_words(line: Line) -> None:
    said = remote.collect(HOST).unreadable
    assert said == f"{HOST.name}: ssh, 2 times: Timeout, server 192.0.2.1 not responding."
    assert line.asked == 2


@pytest.mark.parametrize("line", [(None, "")], indirect=True)
def test_what_may_have_changed_something_is_never_said_again(line: Line) -> None:
    with pytest.raises(ConnectionError, match="ssh: Timeout, server"):
        remote.root_shell(HOST, "touch /x")
    assert line.asked == 1
