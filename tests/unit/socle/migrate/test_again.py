"""A busy end is asked again as it wishes, and not for ever."""

from __future__ import annotations

import pytest

from socle.migrate.again import TRIES, insist
from socle.migrate.ends import BusyError, EndError


def test_a_busy_end_is_asked_again_after_what_it_asked_for() -> None:
    answers, slept = iter([BusyError("429", 2.0), BusyError("reset"), None]), list[float]()

    def ask() -> str:
        if error := next(answers):
            raise error
        return "answered"

    assert insist(ask, slept.append) == "answered"
    assert slept == [2.0, 1.0]


def test_it_is_given_up_at_last_and_a_refusal_at_once() -> None:
    asked = list[EndError]()

    def ask(error: EndError) -> None:
        asked.append(error)
        raise error

    with pytest.raises(BusyError, match="503"):
        insist(lambda: ask(BusyError("503")), lambda _: None)
    assert len(asked) == TRIES
    with pytest.raises(EndError, match="403"):
        insist(lambda: ask(EndError("403")), lambda _: None)
    assert len(asked) == TRIES + 1
