"""Temporary directories of one's own: the role's files behind the real PAM, su, sshd and guard.

In namespaces of its own, with an /etc, /tmp, /var/tmp and /usr/share/pam-configs that end with each run.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from socle.records import Verdict
from tests.hosts.checks import State
from tests.hosts.judge import judge
from tests.hosts.remote import loader
from tests.unit.controls.shared import HOST, by_id
from tests.unit.roles.machine import sshd_program
from tests.unit.roles.rendered import ROOT, controls, of_kind, render

CONTROL = "SOC-TMP-01"
ASKED = by_id(CONTROL).parameters
SERVICE = "syslog-ng.service"
# A configuration as Debian has it, before the role; what systemd does not do here, stand-ins say they did.
START = r"""set -eu
exec 9< "$1"; cd "$1"; program=$2 loader=$3
mount -t tmpfs -o mode=755 tmpfs /mnt
cp -a /etc/. /mnt/
mount --move /mnt /etc
for folder in /usr/share/pam-configs /var/lib/pam; do
  mount -t tmpfs -o mode=755 tmpfs /mnt
  cp -a $folder/. /mnt/
  mount --move /mnt $folder
done
for folder in /run /home /var/lib/socle /usr/lib/socle; do
  mkdir -p $folder; mount -t tmpfs -o mode=755 tmpfs $folder
done
mkdir -p /etc/security/namespace.d /etc/tmpfiles.d /run/sshd /run/bin
for name in systemctl systemd-run nft logger; do printf '#!/bin/sh\nexit 0\n' > /run/bin/$name; done
chmod 755 /run/bin/*
export PATH=/run/bin:$PATH LC_ALL=C.UTF-8
printf '%s\n' automation:x:61001:61001::/home/automation:/bin/sh ada:x:61002:61002::/home/ada:/bin/sh \
  sshd:x:101:65534::/run/sshd:/usr/sbin/nologin >> /etc/passwd
printf '%s\n' automation:x:61001: ada:x:61002: >> /etc/group
printf '%s\n' 'automation:*:20000::::::' 'ada:*:20000::::::' >> /etc/shadow
printf '@include common-account\n@include common-session\n' > /etc/pam.d/sshd
printf '@include common-session-noninteractive\n' > /etc/pam.d/sudo
ssh-keygen -q -t ed25519 -N '' -f /run/key; ssh-keygen -q -t ed25519 -N '' -f /run/host
for name in automation ada; do
  mkdir -p /home/$name/.ssh; cp /run/key.pub /home/$name/.ssh/authorized_keys
  chown -R $name:$name /home/$name; chmod -R go-rwx /home/$name
done
ip link set lo up
cat > /run/ssh.conf <<'CONF'
HostKey /run/host
ListenAddress 127.0.0.1
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
CONF
files() {
  cp /proc/self/fd/9/socle-tmp /usr/share/pam-configs/
  cp /proc/self/fd/9/namespace.conf /etc/security/namespace.d/socle.conf
  cp /proc/self/fd/9/tmpfiles.conf /etc/tmpfiles.d/socle-baseline.conf
}
load() {
  systemd-tmpfiles --create /etc/tmpfiles.d/socle-baseline.conf
  pam-auth-update --package --enable socle-tmp
}
guard() { sh /proc/self/fd/9/guard.sh "$@"; }
seen() { su -s /bin/sh "$1" -c 'stat -c %d:%i /tmp /var/tmp' | xargs; }
ssh_to() {
  ssh -n -F none -i /run/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o LogLevel=ERROR -o ConnectionAttempts=30 "$1@127.0.0.1" "$2"
}
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
"""


@pytest.fixture
def put(tmp_path: Path) -> Path:
    """What the role would put on a host."""
    [control] = of_kind(controls(), "private_tmp")
    (tmp_path / "socle-tmp").write_text(render("baseline", "socle-tmp.j2", baseline_private_tmp=control))
    (tmp_path / "namespace.conf").write_text(
        render("baseline", "namespace.conf.j2", baseline_private_tmp=control)
    )
    shared = {"baseline_private_tmp": control, "socle_controls": []}
    (tmp_path / "tmpfiles.conf").write_text(render("baseline", "tmpfiles.conf.j2", **shared))
    (tmp_path / "guard.sh").write_text((ROOT / "roles/lockout_guard/files/guard.sh").read_text())
    return tmp_path


def inside(put: Path, script: str) -> str:
    argv = ["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--fork", "--kill-child"]
    argv += ["--mount-proc", "sh", "-c", START + script, "sh", str(put), str(sshd_program()), loader()]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_account_finds_its_own_and_cannot_reach_anothers(put: Path) -> None:
    said = inside(
        put,
        """files; load
        for name in root automation ada nobody; do echo $(seen $name); done
        su -s /bin/sh ada -c 'umask 077; echo secret > /tmp/of-ada; mktemp -d > /dev/null'
        su -s /bin/sh nobody -c 'ls /tmp/.socle/ada 2>&1; ls -A /tmp'
        su -s /bin/sh automation -c 'ls /tmp/.socle/ada 2>&1; ls -A /tmp' || true
        su -s /bin/sh ada -c 'cat /tmp/of-ada'
        stat -c '%a %U' /tmp/.socle /var/tmp/.socle /tmp/.socle/ada | xargs""",
    )
    lines = said.splitlines()
    root, automation, ada, nobody = (set(line.split()) for line in lines[:4])
    assert root == automation
    assert len(root | ada | nobody) == 6
    assert lines[4].endswith("/.socle/ada': No such file or directory")
    assert lines[5].endswith("/.socle/ada': Permission denied")
    # 1777, but behind a folder that only root passes.
    assert lines[-2:] == ["secret", "0 root 0 root 1777 root"]


def test_over_ssh_automation_mounts_for_the_host_and_people_are_apart(put: Path) -> None:
    said = inside(
        put,
        """files; load; $program -f /run/ssh.conf -E /run/ssh.log
        ask='readlink /proc/self/ns/mnt; stat -c %i /tmp'
        for name in automation ada; do ssh_to $name "$ask" | xargs; done
        echo $(readlink /proc/self/ns/mnt; stat -c %i /tmp)""",
    )
    automation, ada, host = (line.split() for line in said.splitlines())
    assert automation == host
    assert ada[0] != host[0]
    assert ada[1] != host[1]


BREAKS = (
    "echo 'not a line' > /etc/security/namespace.d/zz.conf; broke=/etc/security/namespace.d/zz.conf",
    "chmod 0777 /tmp/.socle; broke=/tmp/.socle",
    "sed -i 's/pam_namespace.so/pam_absent.so/' /etc/pam.d/common-session; broke=/tmp/none",
)


def test_what_breaks_it_keeps_people_out_and_automation_in(put: Path) -> None:
    tried = "ssh_to automation whoami; ssh_to ada whoami || echo refused; seen root > /dev/null"
    script = "\n".join(f"{one}; {tried}; rm -rf $broke" for one in BREAKS)
    said = inside(put, f"files; load; $program -f /run/ssh.conf -E /run/ssh.log\n{script}")
    assert said.split() == ["automation", "refused"] * len(BREAKS)


def test_an_unconfirmed_converge_is_undone(put: Path) -> None:
    said = inside(
        put,
        """$program -f /run/ssh.conf -E /run/ssh.log
        sums() { cat /etc/pam.d/common-session* | cksum; }
        before=$(seen ada) first=$(sums)
        guard arm 900; files; load
        after=$(seen ada)
        guard restore
        [ "$before" != "$after" ] && [ "$before" = "$(seen ada)" ] && [ "$first" = "$(sums)" ]
        ls /etc/security/namespace.d /usr/share/pam-configs | grep -c socle || true
        ssh_to ada whoami""",
    )
    assert said.split() == ["0", "ada"]


COLLECT = """
collect() {
  unshare --mount sh -c 'mount --bind /run /tmp; mount --bind /home /var/tmp; exec sleep 60' & service=$!
  sleep 0.5
  printf '#!/bin/sh\\nprintf "Id=syslog-ng.service\\\\nMainPID=%s\\\\n"\\n' $service > /run/bin/systemctl
  /usr/bin/python3 -I -c "$loader" "$(cat /proc/self/fd/9/request)"
  kill $service
  echo
}
"""


def test_the_catalogues_break_is_noticed_and_undone(put: Path) -> None:
    request = {
        "account": "automation",
        "people": [],
        "conditions": [],
        "only": ["private_tmp", "pam"],
        "private_tmp": {key: ASKED[key] for key in ("directories", "probes", "services")},
    }
    (put / "request").write_text(json.dumps(request))
    control = by_id(CONTROL)
    steps = ["files; load; collect", control.mutation, "collect", control.rollback, "collect"]
    said = inside(put, "\n".join([COLLECT, *steps])).splitlines()
    verdicts = [judge(control, HOST, State(json.loads(line))).verdict for line in said]
    assert verdicts == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]


def test_the_profile_ends_in_a_module_that_a_jump_may_land_on(put: Path) -> None:
    """Whoever takes the module out by hand must not make the jump over it refuse everybody."""
    said = inside(
        put,
        """files; load; sed -i '/pam_namespace/d' /etc/pam.d/common-session
        su -s /bin/sh automation -c whoami; su -s /bin/sh ada -c whoami""",
    )
    assert said.split() == ["automation", "ada"]


def test_the_handler_loads_every_profile_that_the_task_puts() -> None:
    tasks = yaml.safe_load((ROOT / "roles/baseline/tasks/configure.yml").read_text())
    handlers = yaml.safe_load((ROOT / "roles/baseline/handlers/main.yml").read_text())
    [put] = [task["loop"] for task in tasks if task["name"] == "PAM profiles"]
    [load] = [one["ansible.builtin.shell"]["cmd"] for one in handlers if one["name"] == "Enable PAM profiles"]
    assert f"--enable {' '.join(put)} " in load
    names = [one["name"] for one in handlers]
    # The folders are there before the module asks for them.
    assert names.index("Apply file modes") < names.index("Enable PAM profiles")
