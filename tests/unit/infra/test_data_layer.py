"""The data layer: everything is protected and kept, until exactly what a release names no longer is."""

from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest

from infra.outputs import DataOutputs
from infra.specification import load_data
from tests.unit.infra.bad_tables import DATA, release
from tests.unit.infra.program import Run, run_data

VOLUME, CONTAINER = "blockstorage/volume:Volume", "objectstorage/container:Container"
PROJECT = "openstack:identity/project:Project"


@pytest.fixture(scope="module")
def made() -> Run:
    return run_data(load_data("local-data"))


def test_every_base_has_a_versioned_private_container_that_says_how_sensitive_it_is(made: Run) -> None:
    assert {one.name: one.inputs["metadata"]["class"] for one in made.of(CONTAINER)} == {
        "local-base-hospital-stays": "health",
        "local-base-nomenclatures": "public",
    }
    for one in made.of(CONTAINER):
        assert one.inputs["versioning"] is True
        assert not {"containerWrite", "containerSyncTo", "forceDestroy"} & set(one.inputs)
        assert one.inputs["containerRead"] == f"Project/{one.name}:*"
        assert {"env": "local", "layer": "data", "owner": "data-team"}.items() <= one.inputs[
            "metadata"
        ].items()


def test_every_volume_is_of_the_encrypted_type_and_of_its_bases_class(made: Run) -> None:
    (volume,) = made.of(VOLUME)
    assert (volume.name, volume.inputs["volumeType"]) == ("local-data-hospital-stays-work", "luks")
    assert volume.inputs["metadata"]["class"] == "health"


def test_everything_that_holds_data_is_protected_and_stays(made: Run) -> None:
    held = [*made.of(CONTAINER), *made.of(VOLUME), *made.of(PROJECT)]
    assert len(held) == 5
    assert all(one.protect and one.retain_on_delete for one in held)
    assert not any(one.protect for one in made.made if not one.type.startswith("openstack:"))


@pytest.mark.parametrize("name", ["nomenclatures", "hospital-stays", "hospital-stays-work"])
def test_a_release_lifts_protection_of_what_it_names_and_changes_nothing_else(
    tree: Path, made: Run, name: str
) -> None:
    path = tree / "stacks" / DATA
    path.write_text(path.read_text().replace("released: []", release(name=name)))
    after = run_data(load_data("local-data", root=tree))
    lifted = {one.name for one in after.made if one.type.startswith("openstack:") and not one.protect}
    assert {full.removeprefix("local-base-").removeprefix("local-data-") for full in lifted} == {name}
    assert not any(one.retain_on_delete for one in after.made if one.name in lifted)
    assert {(one.urn, str(one.inputs)) for one in after.made} == {
        (one.urn, str(one.inputs)) for one in made.made
    }
    assert after.contract["released"] == [name]


def test_a_release_that_has_run_out_no_longer_opens_anything(tree: Path) -> None:
    path = tree / "stacks" / DATA
    path.write_text(path.read_text().replace("released: []", release(expiry="2030-06-30")))
    last = date(2030, 6, 30)
    assert load_data("local-data", root=tree, today=last).plan.containers[1].release
    with pytest.raises(Exception, match="expired on 2030-06-30 and counts as absent"):
        load_data("local-data", root=tree, today=last + timedelta(days=1))


def test_the_contract_is_whole(made: Run) -> None:
    assert [field.name for field in fields(DataOutputs)] == list(made.contract)
    assert made.contract == {
        "containers": {
            "hospital-stays": "local-base-hospital-stays",
            "nomenclatures": "local-base-nomenclatures",
        },
        "volumes": {"hospital-stays-work": "Volume/local-data-hospital-stays-work"},
        "released": [],
        "readers": {
            "hospital-stays": "Project/local-base-hospital-stays",
            "nomenclatures": "Project/local-base-nomenclatures",
        },
    }
