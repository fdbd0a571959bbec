"""The services as data: complete, without circles, and true to what the templates and calls offer."""

from pathlib import Path

import pytest

from localcloud import steps
from localcloud.errors import CloudError
from localcloud.preflight import BINARIES
from localcloud.tasks import CALLS

SERVICES = steps.load()
ORDER = steps.ordered(SERVICES)
PLACE = {step.name: index for index, step in enumerate(ORDER)}


def write(folder: Path, text: str) -> None:
    (folder / "x.yaml").write_text(f"service: x\nwhat: test\nsteps:\n{text}")


def test_every_step_comes_after_those_it_needs() -> None:
    late = [(step.name, need) for step in ORDER for need in step.after if PLACE[need] > PLACE[step.name]]
    assert late == []


def needs(name: str) -> set[str]:
    direct = set(ORDER[PLACE[name]].after)
    return direct.union(*(needs(need) for need in direct))


@pytest.mark.parametrize("name", ["nova-compute", "nova-scheduler"])
def test_what_caches_the_catalogue_for_ever_starts_after_it_is_complete(name: str) -> None:
    assert {"accounts", "placement"} <= needs(name)


def test_the_saved_state_is_taken_from_a_full_cloud_and_before_anyone_has_credentials() -> None:
    fill = {step.name for step in ORDER if step.is_once} - {"template"}
    assert fill <= needs("template")
    assert "template" in needs("clouds-yaml")


def test_the_last_proof_waits_for_every_api() -> None:
    apis = {step.name for step in ORDER if step.kind == "uwsgi"} | {"swift-proxy", "edge"}
    assert apis <= needs("proof")


def test_every_call_exists_and_every_existing_call_is_used() -> None:
    named = {step.body for step in ORDER if step.kind in ("call", "once_call")}
    assert named == set(CALLS)


def test_every_api_that_is_published_has_a_probe_on_its_port() -> None:
    probed = {step.ready["http"] for step in ORDER if "http" in step.ready}
    assert set(steps.endpoints(SERVICES)) == probed


def test_every_debian_binary_that_is_started_is_looked_for_beforehand() -> None:
    from_venv = {"swift-", "nova-", "neutron-", "cinder-", "keystone-", "glance-", "placement-", "barbican-"}
    started = {
        step.body[0]
        for step in steps.ordered(SERVICES, 2)
        if step.kind == "process" and not any(step.body[0].startswith(word) for word in from_venv)
    }
    # Its own copy's path is known at run time only; preflight looks for that one beside the table.
    started.remove("{{ chrony }}/usr/sbin/chronyd")
    assert started <= set(BINARIES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  - {name: a, each: [], after: [b]}\n  - {name: b, each: [], after: [a]}\n", "circle"),
        ("  - {name: a, each: [], after: [nobody]}\n", "unknown"),
        ("  - {name: a, each: []}\n  - {name: a, each: []}\n", "twice"),
        ("  - {name: a}\n", "exactly one of"),
        ("  - {name: a, each: [], call: b}\n", "exactly one of"),
        ("  - {name: a, each: [], zone: third}\n", "zone third is none of"),
        ("  - {name: a, each: [], where: outside}\n", "where is none of"),
    ],
)
def test_broken_data_is_refused_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, text)
    with pytest.raises(CloudError, match=words):
        steps.ordered(steps.load(tmp_path))
