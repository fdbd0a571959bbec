"""The hardening pages and the published schema are what the tables say, and the figures are counted."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from socle.controls import Recommendations, Status, load
from socle.controls.coverage import coverage, partly
from socle.controls.page import PAGES, Page, main
from socle.errors import ExitCode
from socle.paths import ROOT


def test_the_committed_pages_are_current() -> None:
    assert main(["--check"]) == ExitCode.HOLDS


def test_a_page_changed_by_hand_and_a_missing_one_are_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("controls", "roles", "tests/hosts/checks", "localcloud/image"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for page in PAGES.values():
        (tmp_path / page).parent.mkdir(parents=True)
    assert main(["--check"], tmp_path) == ExitCode.FINDINGS
    assert main([], tmp_path) == ExitCode.HOLDS
    assert main(["--check"], tmp_path) == ExitCode.HOLDS
    french = tmp_path / PAGES["fr"]
    french.write_text(french.read_text().replace("**R9**", "**R09**"))
    assert main(["--check"], tmp_path) == ExitCode.FINDINGS
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith("docs/fr/durcissement.md: not what controls/ says")
    )


def test_a_wrong_table_is_one_line_and_exit_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "controls").mkdir()
    assert main(["--check"], tmp_path) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert said == "controls/hardening.yaml: no such file; create it or correct the name that led here\n"


@pytest.mark.parametrize("lang", PAGES)
def test_a_page_has_every_recommendation_and_control_and_its_links_lead_somewhere(lang: str) -> None:
    text = Page(load(), lang).text()
    numbers = re.findall(r"^\| \*\*(R\d+)\*\*", text, re.M)
    assert numbers == [f"R{number}" for number in range(1, 81)]
    heads = re.findall(r"^### (SOC-\S+)$", text, re.M)
    assert heads == [control.id for control in load().controls]
    assert {link.upper() for link in re.findall(r"\(#(soc-[a-z0-9-]+)\)", text)} == set(heads)
    assert all(control.mutation.strip() in text for control in load().controls)


def test_the_figures_add_up_and_a_waived_recommendation_is_not_counted_as_whole() -> None:
    found = load()
    everything = coverage(found, "high")
    assert everything.ours + everything.elsewhere + everything.without == 80
    by_id = {one.id: one for one in found.recommendations}
    for number in ("R40", "R43"):  # what the waiver of SOC-SUDO-03 is about
        assert by_id[f"anssi-bp-028:{number}"].status is Status.ENFORCED
        assert partly(by_id[f"anssi-bp-028:{number}"], found)
    assert not partly(by_id["anssi-bp-028:R9"], found)
    assert [coverage(found, level).ours for level in ("minimal", "intermediary", "enhanced")] == sorted(
        coverage(found, level).ours for level in ("minimal", "intermediary", "enhanced")
    )


def test_the_published_schema_is_the_models_own_and_the_table_keeps_to_it() -> None:
    published = json.loads((ROOT / "controls/recommendations.schema.json").read_text())
    assert published == json.loads(json.dumps(Recommendations.published()))
    jsonschema.validate(yaml.safe_load((ROOT / "controls/recommendations.yaml").read_text()), published)
