"""The checks of the clock, the journal and package sources: that they fail when the thing does not work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.image import layout
from socle.records import Verdict
from tests.unit.controls.shared import HOST, by_id, verdict

SERVER = HOST.time_servers[0]


def clock(
    state: str = "*", reach: str = "377", server: str = SERVER, running: float = 3600, off: str = "-0.00007"
) -> dict[str, Any]:
    row = ["^", state, server, "10", "6", reach, "10", "0", "0", "0"]
    tracking = ["C612FF01", server, "11", "1795555887.2", off, *["0"] * 8, "Normal"]
    return {"sources": [row], "tracking": tracking, "running": running}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (clock(), Verdict.PASS),
        (clock("?", "0"), Verdict.FAIL),
        (clock("?", "0", running=40), Verdict.UNPROVEN),
        (clock("?", "3", running=40), Verdict.UNPROVEN),
        (clock("x", "377"), Verdict.FAIL),
        (clock("*", "0"), Verdict.FAIL),
        (clock(server="192.0.2.1"), Verdict.FAIL),
        (clock("?", "0", server="192.0.2.1", running=40), Verdict.FAIL),
        (clock(off="-3600.0"), Verdict.FAIL),
        (clock() | {"sources": [], "running": 40}, Verdict.FAIL),
    ],
)
def test_the_clock_follows_a_server_of_the_platform(found: dict[str, Any], expected: Verdict) -> None:
    assert verdict("SOC-TIM-01", "time", found) is expected


def test_an_unsynchronised_clock_and_a_second_foreign_source_fail() -> None:
    found = clock()
    found["tracking"][13] = "Not synchronised"
    assert verdict("SOC-TIM-01", "time", found) is Verdict.FAIL
    found = clock()
    found["sources"] += clock("?", "0", server="192.0.2.1")["sources"]
    assert verdict("SOC-TIM-01", "time", found) is Verdict.FAIL


def journal(**changed: Any) -> dict[str, Any]:
    return {
        "options": dict(by_id("SOC-LOG-01").parameters["options"]),
        "written": ["/var/log/journal/0c8a/system.journal"],
        "file_system": "ext4",
        "flags": ["Incompatible flags: COMPRESSED-ZSTD KEYED-HASH COMPACT"],
        "limit": [209715200],
    } | changed


@pytest.mark.parametrize(
    "changed",
    [
        {"written": ["/run/log/journal/0c8a/system.journal"], "flags": []},
        {"written": [], "flags": []},
        {"file_system": "tmpfs"},
        {"flags": ["Incompatible flags: KEYED-HASH COMPACT"]},
        {"limit": [4 * 209715200]},
        {"options": {"Storage": "volatile"}},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_the_running_journal_does_counts(changed: dict[str, Any]) -> None:
    assert verdict("SOC-LOG-01", "journald", journal()) is Verdict.PASS
    assert verdict("SOC-LOG-01", "journald", journal(limit=[])) is Verdict.PASS
    assert verdict("SOC-LOG-01", "journald", journal(**changed)) is Verdict.FAIL


STANZA = "Types: deb\nURIs: http://mirror.test/debian\nSuites: trixie\nSigned-By: /usr/share/keyrings/d.gpg"


def sources(line: str = "", stanza: str = "", **config: str) -> dict[str, Any]:
    lines = [f"deb [{line}] http://192.0.2.1/debian trixie main"] if line else []
    return {"lines": lines, "stanzas": [f"{STANZA}\n{stanza}"], "config": config}


@pytest.mark.parametrize("word", ["yes", "true", "with", "on", "enable", "1", "True", "a word of tomorrow"])
def test_every_word_that_apt_takes_for_yes_fails(word: str) -> None:
    for option in ("trusted", "allow-insecure", "allow-weak", "allow-downgrade-to-insecure"):
        assert verdict("SOC-PKG-02", "apt", sources(f"arch=amd64 {option}={word}")) is Verdict.FAIL
        assert verdict("SOC-PKG-02", "apt", sources(stanza=f"{option.title()}:  {word}")) is Verdict.FAIL
    assert verdict("SOC-PKG-02", "apt", sources(**{"Acquire::AllowWeakRepositories": word})) is Verdict.FAIL


@pytest.mark.parametrize("word", ["no", "false", "without", "off", "disable", "0"])
def test_a_source_that_keeps_its_signature_passes(word: str) -> None:
    assert verdict("SOC-PKG-02", "apt", sources(f"trusted={word}", f"Trusted: {word}")) is Verdict.PASS
    assert verdict("SOC-PKG-02", "apt", sources("arch=amd64", "# Trusted: yes")) is Verdict.PASS


def sealed(**changed: Any) -> dict[str, Any]:
    """A space's volume as the kernel shows it when all is well."""
    options = "rw,nosuid,nodev,noexec,relatime"
    mount = {"target": "/srv/work", "source": "/dev/mapper/work", "fstype": "ext4", "options": options}
    return {
        "mounts": {"/srv/work": mount | changed.pop("mount", {})},
        "devices": {"/dev/disk/by-id/virtio-1": "/dev/vdb"},
        "mapped": {"/dev/mapper/work": {"uuid": "CRYPT-LUKS2-0c8a-work", "on": ["/dev/vdb"]} | changed},
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (sealed(), Verdict.PASS),
        (sealed() | {"mounts": {}}, Verdict.FAIL),
        (sealed(uuid="LVM-0c8a"), Verdict.FAIL),
        (sealed(uuid="CRYPT-PLAIN-work"), Verdict.FAIL),
        (sealed(on=["/dev/vda1"]), Verdict.FAIL),
        (sealed(mount={"source": "/dev/vdb"}), Verdict.FAIL),
        (sealed(mount={"fstype": "tmpfs", "source": "tmpfs"}), Verdict.FAIL),
        (sealed(mount={"options": "rw,nosuid,nodev,relatime"}), Verdict.FAIL),
    ],
)
def test_a_spaces_volume_lies_behind_a_seal(found: dict[str, Any], expected: Verdict) -> None:
    host = replace(
        HOST,
        conditions=(*HOST.conditions, "sealed_volume"),
        data_devices=("/dev/disk/by-id/virtio-1",),
        sealed=("/srv/work",),
    )
    assert verdict("SOC-MNT-03", "mounts", found, host) is expected


PARTITIONS = tuple(
    f"/{name}" for name in ("boot", "home", "tmp", "var", "var/log", "var/log/audit", "var/tmp")
)


def partitioned(target: str = "/home", **changed: str) -> dict[str, Any]:
    """The partitions of a host, one of them changed."""
    good = {"source": "/dev/vda5", "fstype": "ext4", "options": "rw,nosuid,nodev,noexec,relatime"}
    mounts = {name: {"target": name, **good} for name in PARTITIONS}
    mounts[target].update(changed)
    return {"mounts": mounts, "devices": {}, "mapped": {}}


@pytest.mark.parametrize("target", PARTITIONS)
def test_each_partition_is_there_with_each_of_its_options(target: str) -> None:
    assert verdict("SOC-MNT-04", "mounts", partitioned()) is Verdict.PASS
    without = partitioned()
    del without["mounts"][target]
    assert verdict("SOC-MNT-04", "mounts", without) is Verdict.FAIL
    assert verdict("SOC-MNT-04", "mounts", partitioned(target, fstype="tmpfs")) is Verdict.FAIL
    for option in ("nosuid", "nodev", "noexec"):
        left = "rw,nosuid,nodev,noexec".replace(f",{option}", "")
        assert verdict("SOC-MNT-04", "mounts", partitioned(target, options=left)) is Verdict.FAIL


def test_the_image_lays_out_what_the_control_asks_for() -> None:
    control = by_id("SOC-MNT-04").parameters
    laid_out = {part.mount: part.options for part in layout.plan().mounted if part.mount != "/"}
    assert set(laid_out) == set(control["targets"])
    assert all(set(control["options"]) <= set(options) for options in laid_out.values())
