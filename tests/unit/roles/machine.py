"""A machine that stands in for a bastion: the roles' own sshd configuration and scripts behind a real sshd.

It lives in namespaces of its own (mounts, network, processes), so /etc, /run, /home and port 22 are its own,
and everything ends with it. Needs root and the sshd that `make deps` unpacks.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from socle.paths import cache
from tests.unit.roles.rendered import ROOT, sshd_files

TARGETS = ["127.0.0.2", "127.0.0.9"]
"""Declared: something answers on port 22 of the first, nothing on the second."""
OTHER = "127.0.0.3"
"""Not declared; something answers on port 22."""
PEOPLE = {"ada": "Ada Lovelace", "bob": "Bob Martin"}
JUMPERS = ["ada"]
EXPIRY = (datetime.now(UTC) + timedelta(days=9)).date()
PASSWD = """root:x:0:0::/root:/bin/sh
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
automation:x:1000:1000::/home/automation:/bin/sh
"""
# Not started by the roles' own units here, for want of systemd: sshd, targets, a journal, the recorder.
START = """set -eu
mount -t tmpfs -o mode=755 tmpfs /mnt
cp -a /etc/. /mnt/
mount --move /mnt /etc
cp "$1"/accounts/* /etc/
mount --bind "$1/etc-ssh" /etc/ssh
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /home
mkdir -p /run/sshd /run/systemd/journal /home/automation/.ssh
cp "$1/automation.pub" /home/automation/.ssh/authorized_keys
chown -R 1000:1000 /home/automation
chmod -R go-rwx /home/automation
ip link set lo up
exec "$2" "$3" "$1"
"""


def sshd_program() -> Path:
    """The machine's own sshd or the unpacked one; AssertionError says how to get it."""
    found = [Path("/usr/sbin/sshd"), cache() / "unpacked/openssh-server/usr/sbin/sshd"]
    present = [path for path in found if path.exists()]
    assert present, "no sshd to test with: run `make deps`"
    return present[0]


class Machine:
    """The stand-in; `folder` is its etc and its records, seen from outside."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="socle-bastion-"))
        self.folder.chmod(0o755)
        self.records = self.folder / "journal"
        self._prepare()
        services = Path(__file__).with_name("machine_services.py")
        argv = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        # Debian's python3, as on a host: the programs of the roles need nothing else.
        self.process = subprocess.Popen(
            [*argv, "sh", "-c", START, "sh", str(self.folder), "/usr/bin/python3", str(services)],
            stdout=(self.folder / "out").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait((self.folder / "ready").exists)

    def _prepare(self) -> None:
        recorder = self.folder / "record"
        shutil.copy(ROOT / "roles/people/files/record.py", recorder)
        recorder.chmod(0o755)
        etc = self.folder / "etc-ssh"
        (etc / "sshd_config.d").mkdir(parents=True)
        for name, text in sshd_files(list(PEOPLE), JUMPERS, TARGETS, str(recorder)).items():
            # What an sshd older than Debian 13's does not know, or what needs a PAM service that is not here.
            kept = [
                line
                for line in text.splitlines()
                if not line.startswith(("KexAlgorithms", "UsePAM", "Banner"))
            ]
            (etc / "sshd_config.d" / name).write_text("\n".join(kept) + "\n")
        (etc / "sshd_config").write_text(
            "Include /etc/ssh/sshd_config.d/*.conf\nHostKey /etc/ssh/host\n"
            "ListenAddress 127.0.0.1\nUseDNS no\nSubsystem sftp /usr/lib/openssh/sftp-server\n"
        )
        keygen = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "")
        subprocess.run([*keygen, "-f", str(etc / "host")], check=True)
        subprocess.run([*keygen, "-f", str(self.folder / "automation")], check=True)
        accounts = self.folder / "accounts"
        accounts.mkdir()
        (accounts / "passwd").write_text(PASSWD)
        (accounts / "group").write_text("root:x:0:\nnogroup:x:65534:\nautomation:x:1000:\n")
        (accounts / "shadow").write_text("automation:*:20000::::::\n")
        (accounts / "gshadow").write_text("")

    def run(self, *argv: str, seconds: float = 60, text: str = "") -> subprocess.CompletedProcess[str]:
        """A command inside, as root; with a pseudo-terminal when it asks for one itself."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        enter = ["nsenter", "-t", children[0], "-m", "-n", "-p"]
        return subprocess.run(
            [*enter, *argv], input=text, capture_output=True, text=True, timeout=seconds, check=False
        )

    def converge(self, authority: str, revoked: str) -> str:
        """The scripts of the roles bastion and people, as their tasks call them; what they changed."""
        said = self.script("bastion/files/jump.sh", "jump", "automation", "/etc/ssh/socle/jump.keys")
        people = [f"{login}={EXPIRY}={name}" for login, name in PEOPLE.items()]
        where = ("/etc/ssh/socle", "socle-people", str(self.folder / "record"))
        return said + self.script(
            "people/files/people.sh", *where, authority, revoked, "jump", " ".join(JUMPERS), *people
        )

    def start_sshd(self, *arguments: str) -> None:
        """sshd as its service starts it, but for PAM, which has no service of this name here."""
        done = self.run(
            str(sshd_program()), "-o", "UsePAM=no", "-E", str(self.folder / "sshd.log"), *arguments
        )
        assert done.returncode == 0, done.stderr

    def script(self, name: str, *arguments: str) -> str:
        done = self.run("sh", str(ROOT / "roles" / name), *arguments)
        assert done.returncode == 0, done.stderr
        # Debian locks with "!", which an sshd without PAM takes for "no login at all".
        self.run("sed", "-i", r"s/^\([^:]*\):[!*]*:/\1:*:/", "/etc/shadow")
        return done.stdout

    def ssh(
        self, user: str, key: Path, *words: str, tty: bool = False, certificate: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """ssh to the bastion from inside; with one key, and a certificate when given."""
        options = ["-F", "none", "-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        options += [
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=INFO",
        ]
        options += ["-o", f"CertificateFile={certificate}"] if certificate else []
        options += ["-tt"] if tty else []
        split = words.index("--") if "--" in words else len(words)
        before, after = words[:split], words[split + 1 :]
        return self.run("ssh", *options, *before, f"{user}@127.0.0.1", *after)

    def sshd_log(self) -> str:
        return (self.folder / "sshd.log").read_text(errors="replace")

    def _wait(self, done: Callable[[], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not done():
            ended = self.process.poll() is not None or time.monotonic() > end
            assert not ended, (self.folder / "out").read_text()
            time.sleep(0.05)

    def close(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
