"""How the engine's values are read."""

from __future__ import annotations

import pytest

from policies.values import (
    UNKNOWN,
    Secret,
    Unknown,
    UnknownUsedError,
    holds_unknown,
    known,
    normalise,
    opened,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # the protocol's mark
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_an_unknown_equals_nothing_and_decides_nothing() -> None:
    said = normalise(STRING)
    assert said != said and said != STRING  # noqa: PLR0124, PT018
    with pytest.raises(UnknownUsedError):
        bool(said)


def test_unknowns_are_found_inside() -> None:
    said = normalise({"a": [{"b": STRING}], "c": 1.0})
    assert isinstance(said, dict)
    assert holds_unknown(said)
    assert said["c"] == 1
    assert isinstance(said["c"], int)


def test_a_secret_never_shows_itself() -> None:
    said = normalise({SIGNATURE: SECRET, "value": "canary"})
    assert isinstance(said, Secret)
    assert opened(said) == "canary"
    assert "canary" not in f"{said} {said!r} {[said]}"
    assert not known(said)


@pytest.mark.parametrize("said", ["[secret]", {SIGNATURE: SECRET, "ciphertext": "v1:x"}])
def test_a_secret_that_cannot_be_opened_is_unknown(said: object) -> None:
    assert isinstance(opened(normalise(said)), Unknown)


def test_an_output_value_is_what_it_holds() -> None:
    assert normalise({SIGNATURE: OUTPUT, "value": "a"}) == "a"
    assert isinstance(normalise({SIGNATURE: OUTPUT}), Unknown)
    assert isinstance(normalise({SIGNATURE: OUTPUT, "value": "a", "secret": True}), Secret)


def test_null_is_absent_and_forms_that_are_not_known_are_unknown() -> None:
    assert normalise({"a": None, "__meta": 1}) == {}
    assert isinstance(normalise({SIGNATURE: "a-new-kind", "value": 1}), Unknown)
    assert isinstance(normalise(object()), Unknown)
    assert UNKNOWN != UNKNOWN  # noqa: PLR0124


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_nobody_set_is_absent_however_the_provider_writes_it(nothing: str | None) -> None:
    said = normalise({"domainId": nothing, "projectId": "p", "tags": [""]})
    assert said == {"projectId": "p", "tags": [""]}
