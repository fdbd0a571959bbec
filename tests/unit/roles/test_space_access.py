"""The role space_access by the real ansible-playbook, in a mount namespace: secrets end on a sealed volume.

The volume is a tmpfs there, and what the kernel would say of its seal is laid over /sys/dev.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from socle.space import access, credential, objects
from socle.space.credential import Credential, Held
from tests.unit.roles.rendered import ROOT

STACK, SECRET = "local-space-alpha", "s3cret-that-nobody-may-see"
PLACE = ROOT / "roles/space_access/files/place.py"
START = """set -eu
mount -t tmpfs -o mode=755 tmpfs /mnt
cp -a /etc/. /mnt/
mount --move /mnt /etc
mount -t tmpfs -o mode=755 tmpfs /usr/local
mkdir /usr/local/bin /usr/local/lib
mount -t tmpfs tmpfs "$1/work"
mount -t tmpfs tmpfs /sys/dev
if [ -n "$2" ]; then
  mkdir -p "/sys/dev/block/$(stat -c %Hd:%Ld "$1/work")/dm"
  echo "$2-0123" > "/sys/dev/block/$(stat -c %Hd:%Ld "$1/work")/dm/uuid"
fi
touch "$1/ready"
exec sleep 600
"""


class Desk:
    """A workstation: `folder` seen from outside, the volume from inside alone."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder, self.process = folder, process
        self.link = folder / "etc/access"

    def run(self, *argv: str, text: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """A command inside, as root."""
        return subprocess.run(
            ["nsenter", "-t", str(self.process.pid), "-m", *argv],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **env},
            cwd=ROOT / "playbooks",
        )

    def place(self, contents: object, *words: str, mount: str = "work") -> subprocess.CompletedProcess[str]:
        """The program alone, as the role's task calls it."""
        argv = ("/usr/bin/python3", "-I", "-c", PLACE.read_text(), str(self.folder / mount), str(self.link))
        return self.run(*argv, *words, text=contents if isinstance(contents, str) else json.dumps(contents))

    def tree(self) -> dict[str, tuple[str, str]]:
        """What lies on the volume: owner and mode by path."""
        said = self.run("find", str(self.folder / "work"), "-mindepth", "1", "-printf", "%P %u %m\n").stdout
        return {path: (owner, mode) for path, owner, mode in (line.split() for line in said.splitlines())}

    def read(self, path: str) -> str:
        return self.run("cat", str(self.folder / "work" / path)).stdout


@contextmanager
def standing(folder: Path, seal: str) -> Iterator[Desk]:
    (folder / "work").mkdir(parents=True)
    folder.chmod(0o755)
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", START, "sh", str(folder), seal]
    process = subprocess.Popen(argv, start_new_session=True)
    try:
        while not (folder / "ready").exists():
            assert process.poll() is None
            os.sched_yield()
        yield Desk(folder, process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with standing(tmp_path / "desk", "CRYPT-LUKS2") as made:
        yield made


FILES = {"clouds.yaml": "one\n", "objects.json": "two\n"}
FOLDERS = {".socle": ("root", "711"), ".socle/daemon": ("root", "711"), ".socle/nobody": ("root", "711")}
EACH = {f".socle/{owner}/{name}": (owner, "600") for owner in ("daemon", "nobody") for name in sorted(FILES)}


def test_each_gets_a_copy_that_nobody_else_reads(desk: Desk) -> None:
    done = desk.place(FILES, "daemon", "nobody")
    assert (done.returncode, done.stderr, done.stdout.count("changed: ")) == (0, "", 8)
    assert desk.tree() == FOLDERS | EACH
    assert desk.read(".socle/nobody/objects.json") == "two\n"
    assert desk.link.readlink() == desk.folder / "work/.socle"
    assert desk.place(FILES, "daemon", "nobody").stdout == "", "a second time nothing changes"
    # By a way that others may go: the folder of the tests itself is closed to them.
    desk.run("mount", "--bind", str(desk.folder / "work"), "/mnt")
    read = ("cat", "/mnt/.socle/nobody/clouds.yaml")
    tries = {
        who: desk.run("setpriv", f"--reuid={who}", "--clear-groups", *read).returncode for who in (1, 65534)
    }
    assert tries == {1: 1, 65534: 0}


def test_what_is_no_longer_due_goes(desk: Desk) -> None:
    desk.place(FILES, "daemon", "nobody")
    done = desk.place({"objects.json": "new\n"}, "nobody")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(desk.tree()) == {".socle", ".socle/nobody", ".socle/nobody/objects.json"}
    assert desk.read(".socle/nobody/objects.json") == "new\n"
    assert desk.place({}, "nobody").stdout.count("changed: ") == 2
    assert desk.tree() == {}
    assert not desk.link.is_symlink()
    assert desk.place({}, "nobody").stdout == ""


@pytest.mark.parametrize(
    "spoil",
    [
        "chmod 644 {0}/nobody/clouds.yaml",
        "chown daemon {0}/nobody/clouds.yaml",
        "ln -sf /etc/passwd {0}/nobody/clouds.yaml",
        "chown nobody {0}/nobody",
        "echo x > {0}/nobody/clouds.yaml",
        "touch {0}/nobody/more",
        "mkdir {0}/somebody",
        "rm {1} && mkdir {1}",
    ],
)
def test_what_was_changed_is_mended_and_nobody_leads_it_astray(desk: Desk, spoil: str) -> None:
    desk.place(FILES, "daemon", "nobody")
    before = Path("/etc/passwd").read_bytes()
    assert desk.run("sh", "-c", spoil.format(desk.folder / "work/.socle", desk.link)).returncode == 0
    looked = desk.place(FILES, "--check", "daemon", "nobody")
    assert looked.stdout.startswith("would change: ")
    assert desk.place(FILES, "--check", "daemon", "nobody").stdout == looked.stdout, "looking changes nothing"
    assert desk.place(FILES, "daemon", "nobody").stdout.startswith("changed: ")
    assert (desk.tree(), desk.place(FILES, "daemon", "nobody").stdout) == (FOLDERS | EACH, "")
    assert Path("/etc/passwd").read_bytes() == before


@pytest.mark.parametrize("seal", ["", "LVM", "CRYPT-PLAIN"])
def test_what_no_seal_protects_gets_nothing(tmp_path: Path, seal: str) -> None:
    with standing(tmp_path / "desk", seal) as desk:
        done = desk.place(FILES, "nobody")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "no seal protects what is mounted there, so nothing was written" in done.stderr
        assert desk.tree() == {}
        (desk.folder / "root").mkdir()
        done = desk.place(FILES, "nobody", mount="root")
        assert "nothing is mounted there" in done.stderr
        assert not list((desk.folder / "root").iterdir())
        assert desk.place(FILES, "--check", "nobody", mount="root").returncode == 0


def test_without_content_nothing_is_taken_for_nothing(desk: Desk) -> None:
    desk.place(FILES, "daemon", "nobody")
    done = desk.place("", "daemon", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no content came" in done.stderr
    assert desk.tree() == FOLDERS | EACH


def playbook(desk: Desk, *words: str, role: str = "space_access") -> subprocess.CompletedProcess[str]:
    """A role on this host, as site.yml has it, told to say all that it can."""
    said = {
        "socle_repository": str(ROOT),
        "socle_environment": "local",
        "socle_space": "alpha",
        "space_access_gateway": "10.16.2.10:8443",
        "space_access_account": "AUTH_0123",
        "space_access_mount": str(desk.folder / "work"),
        "space_access_link": str(desk.link),
        "space_access_owners": ["nobody"],
        "baseline_dpkg": {"stdout_lines": ["installed:age"]},
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": said}
    file = desk.folder / "play.yml"
    file.write_text(yaml.safe_dump([{**play, "roles": [role]}]))
    env = {
        "ANSIBLE_CONFIG": str(ROOT / "playbooks/ansible.cfg"),
        "ANSIBLE_HOME": str(desk.folder / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
        "SOCLE_SSH_DIR": str(desk.folder / "ssh"),
    }
    argv = ("ansible-playbook", "-i", "localhost,", "-vvvv", "--diff", str(file), *words)
    return desk.run(*argv, **env)


def test_the_role_shows_nothing_and_leaves_nothing_beside_the_volume(desk: Desk) -> None:
    keys = desk.folder / "keys"
    held = Held(datetime.now(UTC), {STACK: Credential("a" * 32, SECRET, ())})
    credential.write(keys, STACK, held)
    secret = objects.keys_of(keys, STACK)
    looked = playbook(desk, "--check")
    assert looked.returncode == 0, looked.stdout[-3000:]
    assert desk.tree() == {}
    first = playbook(desk)
    assert first.returncode == 0, first.stdout[-3000:]
    assert desk.read(".socle/nobody/clouds.yaml") == access.clouds(
        held, "https://10.16.2.10:8443", "AUTH_0123"
    )
    assert json.loads(desk.read(".socle/nobody/objects.json"))["origin"] == secret.origin
    second = playbook(desk)
    changed = ["changed=1" in done.stdout for done in (looked, first, second)]
    assert changed == [True, True, False]
    assert f"changed: {desk.folder}/work/.socle/nobody/clouds.yaml" in first.stdout
    forbidden = (SECRET, secret.origin, secret.identities[0])
    for done in (looked, first, second):
        assert not [text for text in forbidden if text in done.stdout + done.stderr]
    beside = [path for path in desk.folder.rglob("*") if path.is_file() and keys not in path.parents]
    assert not [
        path for path in beside if any(text in path.read_text(errors="replace") for text in forbidden)
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys.glob(f"{STACK}.*")} == {0o600}


def test_a_role_that_cannot_write_says_why_and_nothing_else(tmp_path: Path) -> None:
    with standing(tmp_path / "desk", "") as desk:
        keys = desk.folder / "keys"
        credential.write(keys, STACK, Held(datetime.now(UTC), {STACK: Credential("a" * 32, SECRET, ())}))
        done = playbook(desk)
        assert done.returncode == 2
        assert "no seal protects what is mounted there, so nothing was written" in done.stdout
        assert SECRET not in done.stdout + done.stderr


def test_the_command_for_people_is_brought_by_its_role(desk: Desk) -> None:
    first, second = (playbook(desk, role="object_client") for _ in range(2))
    assert first.returncode == 0, first.stdout[-3000:]
    assert "changed=0" in second.stdout
    said = desk.run("/usr/local/bin/space-objects", "--help")
    assert (said.returncode, said.stderr) == (0, "")
    assert "space-objects put results.csv" in said.stdout
    # It looks where the role space_access puts things, when nobody says where.
    without = desk.run("/usr/local/bin/space-objects", "list")
    assert "/etc/socle/objects/access/root/objects.json" in without.stderr
    assert "BEGIN CERTIFICATE" in desk.run("cat", access.AUTHORITY).stdout
    left = desk.run("find", "/usr/local/lib/socle-space-objects", "-type", "f", "-printf", "%f %m\n").stdout
    assert sorted(left.splitlines()) == ["__main__.py 644", "sealing.py 644", "store.py 644"]
