"""Proves that an artefact boots: QEMU, pinned host key, log-in, and what the image promises, with seconds.

The same promises at a provider or in the embedded cloud are the host tests' business (tests/hosts).
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from localcloud.image.boot import Guest
from localcloud.image.errors import ImageError, require
from localcloud.image.kernel import arguments
from localcloud.image.layout import MIB, plan
from localcloud.image.progress import teller

# One remote shell: a log-in costs an emulated guest seconds. Each line prints `name=value`.
PROBE = r"""
echo "user=$(id -un)"
echo "root=$(sudo -n id -u)"
echo "cmdline=$(cat /proc/cmdline)"
mounted() { findmnt --real --noheadings --raw --output TARGET,OPTIONS | sort | tr '\n' ' '; }
echo "mounts=$(mounted)"
echo "var_mib=$(df -BM --output=size /var | tail -n1 | tr -dc 0-9)"
echo "removed=$(sudo -n apt-get -qq remove haproxy >/dev/null 2>&1; echo $?)"
echo "mounts_after=$(mounted)"
echo "home=$(getent passwd automation | cut -d: -f6)$(stat -c ' %U:%G %a' ~automation)"
echo "ansible=$(cd && printf '#!/bin/sh\necho runs' > .try && chmod 0700 .try && ./.try; rm -f .try)"
echo "apparmor=$(cat /sys/module/apparmor/parameters/enabled)"
echo "auditd=$(systemctl is-active auditd.service)"
locked() { sudo -n passwd --status "$1" | cut -d' ' -f2; }
echo "locked=$(locked root)$(locked automation)"
echo "sudoers=$(sudo -n ls /etc/sudoers.d | grep -v README | tr '\n' ' ')"
echo "host_keys=$(ls /etc/ssh/ | grep -c '^ssh_host_.*_key$')"
echo "hostname=$(hostname)"
echo "grub=$(sudo -n update-grub >/dev/null 2>&1; sudo -n grep -c 'linux.*/vmlinuz' /boot/grub/grub.cfg)"
echo "cloud_init=$(cloud-init status --wait | tail -n1 | cut -d' ' -f2)"
echo "state=$(systemctl is-system-running --wait)"
echo "failed=$(systemctl --failed --plain --no-legend | cut -d' ' -f1 | tr '\n' ' ')"
"""


@dataclass(frozen=True)
class Check:
    """One promise: what was expected, what the guest said."""

    name: str
    expected: str
    found: str
    held: bool


def judge(facts: dict[str, str], *, emulated: bool, disk_mib: int) -> list[Check]:
    """Compare what the guest said with what the image promises. A fact that is missing does not hold."""

    def same(name: str, expected: str) -> Check:
        found = facts.get(name, "(nothing)")
        return Check(name, expected, found, found == expected)

    line = arguments(emulated=emulated)
    cmdline = facts.get("cmdline", "")
    extra = [a for a in arguments(emulated=True).split() if a not in arguments(emulated=False).split()]
    unwanted = [] if emulated else [a for a in extra if a in cmdline.split()]
    var_mib, all_mib = int(facts.get("var_mib") or 0), disk_mib - plan().mounted[-1].offset // MIB
    grub = int(facts.get("grub") or 0)
    return [
        same("user", "automation"),
        same("root", "0"),
        Check("cmdline", line, cmdline, cmdline.endswith(line) and not unwanted),
        *(_mounted(name, facts.get(name, "")) for name in ("mounts", "mounts_after")),
        same("removed", "0"),
        Check("var_mib", f">= {all_mib * 9 // 10}", str(var_mib), var_mib >= all_mib * 9 // 10),
        same("home", "/opt/automation automation:automation 700"),
        same("ansible", "runs"),
        same("apparmor", "Y"),
        same("auditd", "active"),
        same("locked", "LL"),
        same("sudoers", "90-cloud-init-users "),
        same("host_keys", "1"),
        same("hostname", "local-guest"),
        Check("grub", ">= 1 menu entry by update-grub", str(grub), grub >= 1),
        same("cloud_init", "done"),
        same("state", "running"),
        same("failed", ""),
    ]


def _mounted(name: str, found: str) -> Check:
    """Whether every partition is mounted with its options: `target option,option target option …`."""
    words = found.split()
    there = {
        target: set(options.split(",")) for target, options in zip(words[::2], words[1::2], strict=False)
    }
    missing = [
        f"{part.mount} {','.join(part.options)}"
        for part in plan().mounted
        if not set(part.options) <= there.get(part.mount, set())
    ]
    return Check(name, " ".join(missing), found, not missing)


def facts_of(output: str) -> dict[str, str]:
    """The probe's `name=value` lines."""
    return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)


def boot_test(image: Path, options: argparse.Namespace) -> int:
    """Boot, log in, check, print; 0 when every promise held, 1 otherwise."""
    require(["ssh-keygen"])
    say = teller("boot-test")
    with tempfile.TemporaryDirectory(prefix="socle-boot-test-") as folder:
        work = Path(folder)
        key = work / "key"
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "boot-test", "-f", str(key)], check=True
        )
        public = key.with_suffix(".pub").read_text().strip()
        guest = Guest(image, work, public, _free_port(), vcpus=options.vcpus, memory_mib=options.memory)
        with guest:
            say(f"booting {image.name} with {options.vcpus} vCPU (emulated)")
            guest.wait_host_key(options.timeout)
            pinned = guest.seconds()
            say("host key read from the console and pinned")
            _wait_ssh(guest, key, options.timeout)
            reached = guest.seconds()
            say("logged in")
            done = subprocess.run(
                guest.ssh("sh", "-s", identity=key), input=PROBE, capture_output=True, text=True, check=False
            )
            cpu = guest.cpu_seconds()
            checks = judge(facts_of(done.stdout), emulated=not options.provider, disk_mib=6 * 1024)
            say("checked")
    for check in checks:
        print(f"{'ok  ' if check.held else 'FAIL'} {check.name}: {check.found or '(empty)'}")
        if not check.held:
            print(f"     expected {check.expected or '(empty)'}; {done.stderr.strip()[-300:]}")
    figures = {
        "vcpus": options.vcpus,
        "seconds_to_host_key": round(pinned, 1),
        "seconds_to_ssh": round(reached, 1),
        "host_cpu_seconds_to_end": round(cpu, 1),
        "held": sum(c.held for c in checks),
        "failed": [c.name for c in checks if not c.held],
    }
    print(json.dumps(figures))
    if options.report is not None:
        options.report.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if not figures["failed"] else 1


def _wait_ssh(guest: Guest, key: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    error = ""
    while time.monotonic() < deadline:
        done = subprocess.run(guest.ssh("true", identity=key), capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        error = done.stderr.strip()
        if "HOST IDENTIFICATION HAS CHANGED" in error or "Permission denied" in error:
            break
        time.sleep(0.5)
    raise ImageError(f"no log-in as automation: {error.splitlines()[-1] if error else 'no answer'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
