"""What every policy carries, and that the pages for reviewers say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.catalogue import FAMILIES, FOLDER, pages, registry
from policies.known import KNOWN
from policies.model import POLICIES, Policy, policy

ENGINE = "pulumi:"


def test_the_pages_are_current() -> None:
    made = pages()
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(made), "run python -m policies.catalogue"
    for name, text in made.items():
        assert (FOLDER / name).read_text() == text, f"{name}: run python -m policies.catalogue"


@pytest.mark.parametrize("one", POLICIES.values(), ids=lambda one: one.id)
def test_a_policy_says_all_that_a_reviewer_asks(one: Policy) -> None:
    assert one.family in FAMILIES
    for text in (one.rule, one.reason, one.fix):
        assert text.en.endswith(".")
        assert text.fr.endswith(".")
        assert text.en != text.fr
    assert one.counter
    assert one.clauses
    assert not set(one.clauses) - set(registry()), "no such clause in controls/clauses.yaml"
    assert all(kind.startswith(ENGINE) or kind in KNOWN for kind in one.kinds)


def test_two_policies_cannot_have_one_id() -> None:
    words = ("a", "b")
    with pytest.raises(ValueError, match="two policies are called NET-01"):
        policy("NET-01", rule=words, reason=words, fix=words, clauses=(), kinds=(), counter="")(
            lambda *_: iter(())
        )


def test_files_are_of_a_size_that_is_read() -> None:
    for path in Path(FOLDER.parents[1] / "policies").rglob("[a-z_]*.py"):
        if ".venv" not in path.parts:
            assert len(path.read_text().splitlines()) <= 220, path.name
