"""Reports read back: only what the signed note vouches for, and one line for everything else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from socle import signing
from socle.cli import app
from socle.drift.chain import NAMESPACE, Chain, digest
from socle.drift.night import nights, pick
from socle.drift.report import between, stored
from socle.drift.report_files import FILES, write_all
from socle.env import prepare
from socle.errors import ExitCode, FindingError, SocleError, UnprovenError, UserError
from tests.unit.drift.nights import changed, in_sync, keep


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    chain = Chain(folder / "drift", folder / "keys", "local")
    keep(chain, [in_sync("a")], [changed("a")], [changed("a"), changed("b")], [changed("b"), in_sync("a")])
    return folder


@pytest.fixture
def chain(written: Path, tmp_path: Path) -> Chain:
    shutil.copytree(written, tmp_path / "copy")
    return Chain(tmp_path / "copy/drift", tmp_path / "copy/keys", "local")


def test_reports_are_read_from_the_newest_on(chain: Chain) -> None:
    assert [it.number for it in nights(chain)] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("asked", "read"),
    [((None, None), (3, 4)), ((2, None), (2, 4)), ((1, 3), (1, 3)), ((None, 3), (2, 3))],
)
def test_reports_are_picked_by_number(
    chain: Chain, asked: tuple[int | None, int | None], read: tuple[int, int]
) -> None:
    older, newer = pick(chain, *asked)
    assert (older.number, newer.number) == read


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((9, None), "no report 9; 1 to 4 are kept"),
        ((1, 9), "no report 9"),
        ((3, 3), "3 is not before 3"),
        ((4, 2), "name the older report first"),
        ((4, None), "4 is the newest report"),
        ((None, 1), "no report before 1 is kept"),
    ],
)
def test_a_number_that_cannot_be_is_one_line(
    chain: Chain, asked: tuple[int | None, int | None], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        pick(chain, *asked)


def test_nothing_to_compare_is_unproven(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "drift", tmp_path / "keys", "local")
    with pytest.raises(UnprovenError, match="no report is stored"):
        pick(chain, None, None)
    keep(chain, [in_sync("a")])
    with pytest.raises(UnprovenError, match="one report alone"):
        pick(chain, None, None)


def edited(chain: Chain) -> None:
    file = chain.file(3)
    file.write_text(file.read_text().replace("port b", "port z"))


def signed_again(chain: Chain) -> None:
    edited(chain)
    signing.sign(chain.file(3), chain.public, NAMESPACE)


def removed(chain: Chain) -> None:
    chain.file(3).unlink()


def replayed(chain: Chain) -> None:
    for part in (lambda it: it, signing.signature):
        shutil.copyfile(part(chain.file(2)), part(chain.file(3)))


def unsigned(chain: Chain) -> None:
    signing.signature(chain.file(3)).unlink()


def cut_off_at_the_end(chain: Chain) -> None:
    head = json.loads(chain.head.read_text())
    chain.head.write_text(json.dumps({**head, "newest": 3, "digest": "0"}))


def shortened(chain: Chain) -> None:
    head = json.loads(chain.head.read_text())
    chain.head.write_text(json.dumps({**head, "newest": 3, "digest": digest(chain.file(3))}))


def without_note(chain: Chain) -> None:
    chain.head.unlink()


BROKEN = [shortened, edited, signed_again, removed, replayed, unsigned, cut_off_at_the_end, without_note]


@pytest.mark.parametrize("breaking", BROKEN, ids=lambda it: it.__name__)
def test_a_report_that_does_not_hold_is_never_compared(chain: Chain, breaking: object) -> None:
    assert callable(breaking)
    breaking(chain)
    with pytest.raises(FindingError, match="verify") as caught:
        between(chain)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("breaking", [edited, removed], ids=lambda it: it.__name__)
def test_a_report_between_the_two_has_to_hold_as_well(chain: Chain, breaking: object) -> None:
    assert callable(breaking)
    breaking(chain)
    with pytest.raises(SocleError):
        between(chain, 1, 4)


def test_reports_before_a_broken_one_date_nothing(chain: Chain) -> None:
    keep(chain, [changed("b"), in_sync("a")])
    edited(chain)
    (item,) = between(chain).items
    assert (item.since, item.or_before) == (4, True)
    assert between(chain).exit_code() is ExitCode.FINDINGS


def test_the_verb_says_what_changed_and_ends_with_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    monkeypatch.setenv("SOCLE_CLOUD", "local")
    keep(Chain.of(prepare("local")), [in_sync("a")], [changed("a")])
    output = tmp_path / "diff.md"
    argv = ["drift", "diff", "--format", "markdown", "--output", str(output)]
    done = CliRunner().invoke(app, argv)
    assert (done.exit_code, "1 new" in done.stdout) == (ExitCode.FINDINGS, True)
    assert "## New (1)" in output.read_text()
    assert "Nouveau (1)" in CliRunner().invoke(app, ["drift", "diff", "--lang", "fr"]).stdout
    refused = CliRunner().invoke(app, ["drift", "diff", "5"])
    assert isinstance(refused.exception, UserError)


def test_a_stored_report_is_written_in_every_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    monkeypatch.setenv("SOCLE_CLOUD", "local")
    chain = Chain.of(prepare("local"))
    keep(chain, [in_sync("a")], [changed("a")])
    done = CliRunner().invoke(app, ["drift", "report", "--format", "html"])
    assert done.exit_code == ExitCode.FINDINGS
    assert "Beside report 1" in done.stdout
    assert CliRunner().invoke(app, ["drift", "report", "1"]).exit_code == ExitCode.HOLDS
    assert isinstance(CliRunner().invoke(app, ["drift", "report", "3"]).exception, UserError)
    write_all(stored(chain), tmp_path)
    assert {it.name for it in tmp_path.glob("drift.*")} == set(FILES.values())
    edited_text = chain.file(2).read_text().replace("port a", "port q")
    chain.file(2).write_text(edited_text)
    assert isinstance(CliRunner().invoke(app, ["drift", "report"]).exception, FindingError)
