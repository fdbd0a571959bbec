"""Runs the image in QEMU the way nova would: virtio disk and card, config drive, serial console to a file.

For the boot test and for whoever develops a role without a cloud. User networking: the guest sees nothing
but a port forward from 127.0.0.1; its host key is read from the console and pinned, never accepted blindly.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from localcloud.image.errors import ImageError, require

USER = "automation"
MAC = "52:54:00:c0:ff:ee"
HOST_KEY = re.compile(r"^.*?(ssh-ed25519 [A-Za-z0-9+/=]{68})", re.MULTILINE)
KEYS_BEGIN, KEYS_END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"


def host_key(console: str) -> str | None:
    """The ed25519 host key (`type base64`) that cloud-init printed, once its block is complete."""
    _, begin, rest = console.partition(KEYS_BEGIN)
    block, end, _ = rest.partition(KEYS_END)
    found = HOST_KEY.search(block) if begin and end else None
    return found.group(1) if found else None


def metadata(name: str, public_key: str) -> dict[str, object]:
    """meta_data.json of a config drive as nova writes it, as far as cloud-init reads it."""
    identity = str(uuid.uuid4())
    return {"uuid": identity, "name": name, "hostname": name, "public_keys": {"operator": public_key}}


def network_data() -> dict[str, object]:
    """network_data.json as neutron describes one port with DHCP."""
    link = {"id": "tap0", "vif_id": "tap0", "type": "ovs", "mtu": 1442, "ethernet_mac_address": MAC}
    network = {"id": "network0", "type": "ipv4_dhcp", "link": "tap0", "network_id": str(uuid.uuid4())}
    return {"links": [link], "networks": [network], "services": []}


@dataclass
class Guest:
    """One QEMU process and its folder. Use as a context manager: leaving it ends the process."""

    image: Path
    work: Path
    public_key: str
    port: int
    name: str = "local-guest"
    vcpus: int = 1
    memory_mib: int = 1024
    disk: str = "6G"
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started: float = 0.0

    @property
    def console(self) -> Path:
        """The serial console's log."""
        return self.work / "console.log"

    @property
    def known_hosts(self) -> Path:
        """known_hosts with the pinned key, once wait_host_key() returned."""
        return self.work / "known_hosts"

    def __enter__(self) -> Guest:
        """Make disk overlay and config drive, start QEMU."""
        require(["qemu-system-x86_64", "qemu-img", "genisoimage", "ssh"])
        self.work.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as problem:
                raise ImageError(
                    f"port {self.port} on 127.0.0.1 is taken: choose another with --port"
                ) from problem
        overlay = self.work / "disk.qcow2"
        overlay.unlink(missing_ok=True)
        _checked(
            "qemu-img",
            "create",
            "-q",
            "-f",
            "qcow2",
            "-F",
            "qcow2",
            "-b",
            str(self.image),
            str(overlay),
            self.disk,
        )
        self._config_drive()
        log = (self.work / "qemu.log").open("wb")
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End QEMU."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def seconds(self) -> float:
        """Seconds since QEMU was started."""
        return time.monotonic() - self.started

    def cpu_seconds(self) -> float:
        """CPU time that QEMU has used: what a boot costs, however busy the machine is."""
        if self.process is None:
            return 0.0
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _config_drive(self) -> None:
        latest = self.work / "config-drive/openstack/latest"
        latest.mkdir(parents=True, exist_ok=True)
        (latest / "meta_data.json").write_text(json.dumps(metadata(self.name, self.public_key)))
        (latest / "network_data.json").write_text(json.dumps(network_data()))
        iso = self.work / "config.iso"
        tree = str(self.work / "config-drive")
        _checked("genisoimage", "-quiet", "-o", str(iso), "-V", "config-2", "-r", "-J", "-l", tree)

    def command(self) -> list[str]:
        """QEMU's command line."""
        return [
            "qemu-system-x86_64", "-machine", "pc", "-accel", "tcg,thread=multi",
            "-smp", str(self.vcpus), "-m", str(self.memory_mib), "-display", "none", "-no-user-config",
            "-drive", f"file={self.work / 'disk.qcow2'},if=virtio,cache=unsafe",
            "-drive", f"file={self.work / 'config.iso'},media=cdrom,if=ide,readonly=on",
            "-netdev", f"user,id=net0,hostfwd=tcp:127.0.0.1:{self.port}-:22",
            "-device", f"virtio-net-pci,netdev=net0,mac={MAC}",
            "-device", "virtio-rng-pci",
            "-serial", f"file:{self.console}",
        ]  # fmt: skip

    def wait_host_key(self, timeout: float = 600) -> str:
        """Wait for the host key on the console, write known_hosts, return the key. Raises ImageError."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise ImageError(f"QEMU ended before the guest was up: see {self.work / 'qemu.log'}")
            key = host_key(self.console.read_text(errors="replace")) if self.console.exists() else None
            if key is not None:
                self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {key}\n")
                return key
            time.sleep(0.5)
        raise ImageError(f"no host key on the console within {timeout:.0f} s: see {self.console}")

    def ssh(self, *command: str, identity: Path | None = None) -> list[str]:
        """An ssh command line to the guest that trusts the pinned key only."""
        argv = ["ssh", "-p", str(self.port), "-o", f"UserKnownHostsFile={self.known_hosts}"]
        argv += ["-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=none", "-o", "BatchMode=yes"]
        argv += ["-o", "ConnectTimeout=20", "-F", "none"]
        if identity is not None:
            argv += ["-i", str(identity), "-o", "IdentitiesOnly=yes"]
        return [*argv, f"{USER}@127.0.0.1", *command]


def _checked(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImageError(f"{argv[0]} failed: {done.stderr.strip() or done.returncode}")


def serve(image: Path, options: argparse.Namespace) -> None:
    """Boot `image`, print how to log in once the host key is known, run until Ctrl-C or power-off."""
    try:
        public_key = options.key.read_text().strip()
    except OSError as problem:
        raise ImageError(f"{options.key}: {problem.strerror}; --key wants a public key file") from problem
    if not public_key.startswith(("ssh-", "ecdsa-", "sk-")):
        raise ImageError(f"{options.key} is no public key: give the .pub file")
    work = options.work or Path(tempfile.mkdtemp(prefix="socle-guest-"))
    guest = Guest(image, work, public_key, options.port, vcpus=options.vcpus, memory_mib=options.memory)
    # SIGTERM ends the guest too: nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with guest:
        print(f"console: {guest.console}", flush=True)
        guest.wait_host_key(options.timeout)
        private = options.key.with_suffix("") if options.key.suffix == ".pub" else None
        print(f"host key pinned after {guest.seconds():.0f} s in {guest.known_hosts}", flush=True)
        print(" ".join(guest.ssh(identity=private)), flush=True)
        if guest.process is not None:
            sys.exit(guest.process.wait())
