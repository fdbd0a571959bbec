"""The committed flow matrix is what the tables say; a file that is none is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.agreed import FILE, text
from policies.matrix import MatrixError, Row, rows, stack_of


def test_the_committed_matrix_is_current() -> None:
    assert FILE.read_text() == text(), "run python -m infra.agreed"


def test_it_names_what_a_reviewer_looks_for() -> None:
    found = rows("../stacks/matrix.json", "local-platform")
    assert found is not None
    assert all(one.direction in ("ingress", "egress") for listed in found.values() for one in listed)
    inward = [one for one in found["local-role-bastion"] if one.direction == "ingress"]
    assert {(one.protocol, one.ports) for one in inward} == {("tcp", "22")}
    assert rows("../stacks/matrix.json", "somebody-elses") is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": "other/1"}', "is not of format"),
        ('{"format": "socle-flow-matrix/1", "stacks": {"s": {"g": [{"ports": "1"}]}}}', "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, said: str, why: str) -> None:
    (tmp_path / "m.json").write_text(said)
    with pytest.raises(MatrixError, match=why):
        rows(str(tmp_path / "m.json"), "s")
    with pytest.raises(MatrixError, match="no such file"):
        rows(str(tmp_path / "none.json"), "s")


def test_the_stack_of_a_urn() -> None:
    assert (
        stack_of("urn:pulumi:local-platform::hdh::openstack:networking/secGroup:SecGroup::x")
        == "local-platform"
    )
    assert str(Row("ingress", "tcp", "22", "10.0.0.0/8")) == "ingress tcp 22 10.0.0.0/8"
