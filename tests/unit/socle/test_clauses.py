"""The registry of clauses: no id dangles, none stands twice, and it keeps to its published form."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from socle.clauses import REGISTRY, UNVERIFIED, Label, citations, dangling, load, schema, unused
from socle.errors import UserError

ENTRY = {"title": {"en": "e", "fr": "f"}, "label": "evidenced", "verified": "unverified"}
TEXT = {"publisher": "p", "version": "1", "date": "2024", "title": {"en": "e", "fr": "f"}}


def test_no_clause_cited_anywhere_in_the_project_dangles() -> None:
    assert dangling() == []
    print(f"{len(unused())} clauses are not cited yet")


def test_all_recommendations_of_the_hardening_guide_are_there_and_none_claims_to_be_quoted() -> None:
    clauses = load().by_id()
    guide = [clauses[f"anssi-bp-028:R{n}"] for n in range(1, 81)]
    assert all("wording not checked" in clause.verified for clause in guide)
    assert {c.verified for c in clauses.values() if c.text == "anssi-dat-nt-007"} == {UNVERIFIED}


def test_bodies_of_the_2024_order_are_not_claimed_as_read() -> None:
    of_snds = [clause for clause in load().clauses if clause.text == "snds-2024"]
    assert of_snds
    assert all(clause.label is Label.UNVERIFIED for clause in of_snds)


def test_the_published_schema_is_the_models_own_and_the_registry_keeps_to_it() -> None:
    published = json.loads(REGISTRY.with_name("clauses.schema.json").read_text())
    assert published == schema()
    jsonschema.validate(yaml.safe_load(REGISTRY.read_text()), published)


def _project(tmp_path: Path, clauses: list[dict[str, object]], citing: str = "") -> Path:
    (tmp_path / "controls").mkdir()
    (tmp_path / "stacks").mkdir()
    document = {"texts": {"t": TEXT}, "clauses": clauses}
    (tmp_path / "controls" / "clauses.yaml").write_text(yaml.safe_dump(document))
    (tmp_path / "stacks" / "flows.yaml").write_text(citing)
    return tmp_path


@pytest.mark.parametrize(
    "citing",
    [
        "flows: [{clause: 't:9'}]",
        "flows: [{clauses: ['t:1', 't:9']}]",
        "flows: [{clause: elsewhere}]",
        "flows: [{because: {of: 't:9'}}]",
    ],
)
def test_a_dangling_id_is_found_with_its_file_wherever_it_hides(tmp_path: Path, citing: str) -> None:
    root = _project(tmp_path, [{"id": "t:1", **ENTRY}], citing)
    assert [c.file for c in dangling(root)] == ["stacks/flows.yaml"]


def test_known_ids_and_other_strings_with_colons_do_not_dangle(tmp_path: Path) -> None:
    root = _project(tmp_path, [{"id": "t:1", **ENTRY}, {"id": "t:2", **ENTRY}], "{clause: 't:1', url: 'x:y'}")
    assert dangling(root) == []
    assert [c.clause for c in citations(["t"], root)] == ["t:1"]
    assert unused(root) == ["t:2"]


@pytest.mark.parametrize(
    ("clauses", "said"),
    [
        ([{"id": "t:1", **ENTRY}, {"id": "t:1", **ENTRY}], "stands twice"),
        ([{"id": "u:1", **ENTRY}], "no text u"),
        ([{"id": "t:1", **ENTRY, "label": "compliant"}], "clauses.0.label"),
        ([{"id": "t:1", **ENTRY, "title": {"en": "only"}}], "title.fr"),
        ([{"id": "t 1", **ENTRY}], "clauses.0.id"),
    ],
)
def test_a_malformed_registry_is_refused_with_the_entry_at_fault(
    tmp_path: Path, clauses: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        load(_project(tmp_path, clauses) / "controls" / "clauses.yaml")


def test_yaml_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("a: [")
    with pytest.raises(UserError, match="not YAML") as error:
        load(tmp_path / "c.yaml")
    assert "\n" not in str(error.value)
