"""What the SDK says of a faulty source becomes one of our own errors, never another."""

from __future__ import annotations

import logging

import pytest
from azure.core.exceptions import DecodeError, ServiceResponseError

from socle.migrate import source
from socle.migrate.ends import BusyError, CutError


@pytest.mark.parametrize(
    "raised",
    [DecodeError("no XML"), ServiceResponseError("reset"), UnicodeDecodeError("utf-8", b"\xc3", 0, 1, "end")],
)
def test_an_answer_that_is_not_whole_is_worth_another_try(raised: Exception) -> None:
    with pytest.raises(BusyError, match="source: "), source._said():
        raise raised


def test_half_a_letter_is_a_cut() -> None:
    with pytest.raises(CutError), source._said():
        b"\xc3".decode()


def test_the_sdk_says_nothing_on_stderr_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    root, kept = logging.getLogger(), logging.getLogger().handlers[:]
    try:
        root.handlers.clear()
        logging.getLogger("azure.core.pipeline").critical("Wasn't XML not JSON, failing")
    finally:
        root.handlers[:] = kept
    assert capsys.readouterr().err == ""
