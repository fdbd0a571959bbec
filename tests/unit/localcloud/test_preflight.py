"""Judgement of a machine, from facts that need no such machine."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud import machine, preflight
from localcloud.model import Cloud
from localcloud.preflight import Facts, judge

FIT = Facts(folder="/state/clouds/local")


def test_a_fit_machine_has_no_problem() -> None:
    assert judge(FIT) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"root": False}, ["not root", "sudo"]),
        ({"missing": ("haproxy", "zstd")}, ["haproxy zstd", "make deps"]),
        ({"memory_mib": 900}, ["900 MiB", str(preflight.MEMORY_MIB)]),
        ({"disk_mib": 10}, ["10 MiB free under /state/clouds/local", "SOCLE_STATE"]),
        ({"folder": "/" + "x" * 200}, ["too long", "SOCLE_STATE"]),
        ({"taken": (("0.0.0.0:5000", "42", "squatter"),)}, ["0.0.0.0:5000", "squatter", "pid 42"]),
        ({"routes": ("172.24.0.0/24 dev wg0",)}, ["172.24.0.0/24 dev wg0", "remove"]),
    ],
)
def test_each_problem_is_one_line_that_says_how_to_fix_it(change: dict[str, Any], words: list[str]) -> None:
    found = judge(replace(FIT, **change))
    assert len(found) == 1
    assert "\n" not in found[0]
    assert all(word in found[0] for word in words)


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: subprocess.CompletedProcess([], 0, text, ""))


def test_listeners_that_stand_in_the_way_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(
        monkeypatch,
        'LISTEN 0 128 0.0.0.0:5000 0.0.0.0:* users:(("squatter",pid=42,fd=3))\n'
        'LISTEN 0 128 127.77.1.1:8774 0.0.0.0:* users:(("other-cloud",pid=43,fd=3))\n'
        'LISTEN 0 128 127.0.0.1:8776 0.0.0.0:* users:(("elsewhere",pid=44,fd=3))\n'
        "LISTEN 0 128 127.77.0.1:9292 0.0.0.0:*\n",
    )
    found = preflight.listeners(Cloud("a", 0, Path("/x")), [5000, 8774, 8776, 9292])
    assert found == (("0.0.0.0:5000", "42", "squatter"), ("127.77.0.1:9292", "?", "another process"))


def test_foreign_routes_collide_and_own_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(
        monkeypatch,
        "172.24.2.0/24 dev wg0\n172.24.2.0/24 via 198.18.2.2 dev socle2\n172.24.3.0/24 dev wg0\n",
    )
    assert preflight.colliding_routes(Cloud("a", 2, Path("/x"))) == ("172.24.2.0/24 dev wg0",)


@pytest.mark.parametrize(
    ("kvm", "tcg", "kind"),
    [(0.2, 0.1, "kvm"), (3.0, 0.1, "qemu"), (None, 0.1, "qemu"), (0.2, None, "kvm")],
)
def test_kvm_is_used_only_where_a_guest_boots_and_boots_quickly(
    monkeypatch: pytest.MonkeyPatch, kvm: float | None, tcg: float | None, kind: str
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _path: True)
    monkeypatch.setattr(machine, "_boot", lambda name, _disk: kvm if name == "kvm" else tcg)
    assert machine.virt_type()[0] == kind


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ('Acquire::http::Proxy "http://192.0.2.1:8000/";\n', "http://192.0.2.1:8000/"),
        ('Acquire::http::Proxy "DIRECT";\n', ""),
        ("", ""),
    ],
)
def test_the_hosts_package_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch, text: str, proxy: str) -> None:
    answer(monkeypatch, text)
    assert machine.apt_proxy() == proxy
