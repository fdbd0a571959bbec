"""What goes into the image: package list, overlay, masks, kernel arguments."""

import subprocess
from functools import partial
from pathlib import Path

import pytest
import yaml

from localcloud.image import kernel, layout, rootfs
from localcloud.image.errors import ImageError
from localcloud.image.sources import DEFAULT_KEYRING, Mirrors
from tests.hosts.catalogue import controls, waivers

CLOUD_CFG = rootfs.OVERLAY / "etc/cloud/cloud.cfg.d/50-socle.cfg"
SHELL = [
    p
    for p in [rootfs.CUSTOMIZE, *rootfs.OVERLAY.rglob("*")]
    if p.is_file() and p.read_text().startswith("#!/bin/sh")
]


def test_every_package_has_a_reason() -> None:
    packages = rootfs.wanted_packages()
    assert {"cloud-init", "openssh-server", "sudo", "auditd", "apparmor", "nftables", "chrony"} <= set(
        packages
    )


@pytest.mark.parametrize("text", ["", "- sudo\n", "sudo:\n", "sudo: ''\n"])
def test_a_package_without_a_reason_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(ImageError):
        rootfs.wanted_packages(tmp_path / "p.yaml")


def test_every_mask_has_a_reason_and_appears_once() -> None:
    lines = [
        line for line in (rootfs.HERE / "masked.txt").read_text().splitlines() if not line.startswith("#")
    ]
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    assert all(len(pair) == 2 for pair in pairs)
    assert len({unit for unit, _ in pairs}) == len(pairs) > 20


def test_cloud_init_makes_one_key_and_prints_it_before_anything_else_runs() -> None:
    text = CLOUD_CFG.read_text()
    config = yaml.safe_load(text)
    assert "datasource_list: [ConfigDrive, OpenStack, None]" in text.splitlines()
    assert config["ssh_genkeytypes"] == ["ed25519"]
    modules = config["cloud_init_modules"]
    assert modules.index("keys-to-console") == modules.index("ssh") + 1
    user = config["system_info"]["default_user"]
    assert (user["name"], user["lock_passwd"], config["ssh_pwauth"]) == ("automation", True, False)


def test_the_overlay_gets_the_mirror_and_no_other(tmp_path: Path) -> None:
    mirrors = Mirrors("http://m.test/debian", "http://m.test/security", DEFAULT_KEYRING)
    rootfs.stage_overlay(tmp_path / "o", mirrors, {"etc/fstab": "x\n"})
    sources = (tmp_path / "o/etc/apt/sources.list.d/debian.sources").read_text()
    assert sources.count("http://m.test/") == 2
    assert (tmp_path / "o/etc/fstab").read_text() == "x\n"
    assert (tmp_path / "o" / CLOUD_CFG.relative_to(rootfs.OVERLAY)).exists()


def test_a_keyring_of_a_private_mirror_goes_along(tmp_path: Path) -> None:
    keyring = tmp_path / "own.gpg"
    keyring.write_bytes(b"key")
    rootfs.stage_overlay(tmp_path / "o", Mirrors("http://m.test/d", None, keyring), {})
    assert (tmp_path / "o" / keyring.relative_to("/")).read_bytes() == b"key"


def test_a_keyring_from_before_the_suite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="missing"):
        rootfs.check_keyring(tmp_path / "none.gpg", "trixie")
    old = tmp_path / "debian-archive-keyring.gpg"
    old.write_bytes(b"")
    monkeypatch.setattr(rootfs, "DEFAULT_KEYRING", old)
    with pytest.raises(ImageError, match="does not know Debian trixie"):
        rootfs.check_keyring(old, "trixie")
    (tmp_path / "debian-archive-trixie-stable.gpg").write_bytes(b"")
    rootfs.check_keyring(old, "trixie")


def test_emulation_takes_the_place_of_mitigations_and_changes_nothing_else() -> None:
    plain, emulated = kernel.arguments(emulated=False), kernel.arguments(emulated=True)
    assert "mitigations" not in plain
    common = " ".join(kernel.COMMON) + " "
    assert plain.startswith(common)
    assert emulated.startswith(common)
    uuids = {"/": "R", "/boot": "B"}
    for text in (kernel.grub_defaults, partial(kernel.grub_config, uuids, "6.12")):
        assert text(emulated=True) != text(emulated=False)
        assert text(emulated=True).replace(emulated, plain) == text(emulated=False)


def test_the_provider_kernel_gets_what_the_controls_look_for() -> None:
    """The catalogue and the image say the same; what emulation lacks of it, the dated waiver names."""
    wanted = [c.parameters for c in controls() if c.kind == "boot_arguments"]
    arguments = [one for p in wanted for one in p["arguments"]]
    refused = {one for p in wanted for one in p["refused"]}
    console = ["console=tty0", "console=ttyS0,115200", "quiet"]
    provider, emulated = (kernel.arguments(emulated=flag).split() for flag in (False, True))
    assert provider == [*console, *arguments]
    assert not refused & set(provider)
    differs = {*arguments} - set(emulated) | refused & set(emulated)
    waived = {a for w in waivers() if w.control == "SOC-BOOT-03" for a in w.accounts}
    assert differs == waived


def test_grub_reads_the_kernel_from_its_own_partition_and_names_the_root() -> None:
    text = kernel.grub_config({"/": "R", "/boot": "B"}, "6.12", emulated=False)
    assert "--set=root B\n" in text
    assert "linux /vmlinuz-6.12 root=UUID=R ro " in text
    assert "initrd /initrd.img-6.12\n" in text


@pytest.mark.parametrize("kernels", [[], ["vmlinuz-1", "vmlinuz-2"]])
def test_an_image_has_one_kernel(tmp_path: Path, kernels: list[str]) -> None:
    for name in kernels:
        (tmp_path / name).touch()
    with pytest.raises(ImageError, match=f"{len(kernels)} kernels"):
        kernel.version(tmp_path)


def test_fstab_mounts_each_after_the_one_it_lies_in_and_grows_the_last() -> None:
    plan = layout.plan()
    lines = [
        line.split() for line in kernel.fstab(plan, {p.mount: p.name for p in plan.mounted}).splitlines()
    ]
    assert [line[1] for line in lines] == sorted(part.mount for part in plan.mounted)
    assert {line[1]: line[5] for line in lines} == {
        p.mount: "1" if p.mount == "/" else "2" for p in plan.mounted
    }
    assert [line[1] for line in lines if "x-systemd.growfs" in line[3]] == ["/var"]
    for part in plan.mounted:
        assert [f"UUID={part.name}", part.mount] in [line[:2] for line in lines]


def test_programs_run_from_var_only_while_dpkg_works() -> None:
    text = (rootfs.OVERLAY / "usr/lib/socle/apt-exec.conf").read_text()
    before, after = (line for line in text.splitlines() if line.startswith("DPkg::"))
    assert before.startswith("DPkg::Pre-Invoke ")
    assert after == before.replace("Pre-Invoke", "Post-Invoke").replace("remount,exec", "remount,noexec")


def test_the_last_console_is_the_serial_one() -> None:
    # /dev/console is the last of them, and nova's console log shows the serial one.
    consoles = [a for a in kernel.arguments(emulated=False).split() if a.startswith("console=")]
    assert consoles[-1].startswith("console=ttyS0")


@pytest.mark.parametrize("script", SHELL, ids=lambda p: p.name)
def test_scripts_are_executable_and_parse(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(script)], check=True)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("OPER_STATE=routable\nDNS=192.0.2.1 2001:db8::1\nDOMAINS=a.test b.test\n",
         ["nameserver 192.0.2.1", "nameserver 2001:db8::1", "search a.test b.test"]),
        ("DNS=192.0.2.1\n", ["nameserver 192.0.2.1"]),
        ("OPER_STATE=routable\n", ["kept"]),
    ],
)  # fmt: skip
def test_resolv_conf_follows_networkd(tmp_path: Path, state: str, expected: list[str]) -> None:
    (tmp_path / "state").write_text(state)
    target = tmp_path / "resolv.conf"
    target.write_text("kept\n")
    script = rootfs.OVERLAY / "usr/lib/socle/resolv-conf"
    subprocess.run([str(script), str(tmp_path / "state"), str(target)], check=True)
    assert [line for line in target.read_text().splitlines() if not line.startswith("#")] == expected
