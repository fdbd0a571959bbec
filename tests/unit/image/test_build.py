"""The cache: what changes the key, what is taken from it, what is never used."""

import os
import shutil
from pathlib import Path

import pytest

from localcloud.image import build, disk, errors, manifest
from localcloud.image.errors import ImageError


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A copy of the image's inputs that a test may change."""
    copy = tmp_path / "inputs"
    copy.mkdir()
    for name in build.INPUTS:
        source = build.HERE / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        else:
            shutil.copy(source, copy / name)
    return copy


def key_of(base: Path) -> str:
    return build.cache_key(build.input_digests(base))


def test_equal_inputs_give_equal_keys(inputs: Path) -> None:
    assert key_of(inputs) == key_of(build.HERE)


@pytest.mark.parametrize(
    "name", ["packages.yaml", "masked.txt", "layout.py", "files/etc/cloud/cloud.cfg.d/50-socle.cfg"]
)
def test_a_changed_input_changes_the_key(inputs: Path, name: str) -> None:
    before = key_of(inputs)
    with (inputs / name).open("a") as file:
        file.write("\n# changed\n")
    assert key_of(inputs) != before


def test_a_new_overlay_file_a_moved_one_and_a_script_made_executable_change_the_key(inputs: Path) -> None:
    keys = [key_of(inputs)]
    (inputs / "files/etc/new").write_text("x")
    keys.append(key_of(inputs))
    (inputs / "files/etc/new").rename(inputs / "files/etc/moved")
    keys.append(key_of(inputs))
    (inputs / "files/etc/moved").chmod(0o755)
    keys.append(key_of(inputs))
    assert len(set(keys)) == 4


def test_another_suite_is_another_image() -> None:
    assert build.cache_key({"a": "1"}, "trixie") != build.cache_key({"a": "1"}, "forky")


def test_identifiers_follow_the_key_and_the_thing() -> None:
    assert disk.identifier("k", "root") == disk.identifier("k", "root")
    assert (
        len({disk.identifier("k", "root"), disk.identifier("k", "disk"), disk.identifier("l", "root")}) == 3
    )


def cached(cache: Path) -> Path:
    """A cache that holds a finished image."""
    digests = build.input_digests()
    folder = cache / "cloud" / f"image-{build.cache_key(digests)}"
    folder.mkdir(parents=True)
    variants = {}
    for name in build.VARIANTS:
        file = folder / f"{name}.qcow2"
        file.write_text(name)
        variants[name] = manifest.Variant(
            file.name, len(name), manifest.digest(file), "qcow2", "quiet", "d" * 64
        )
    manifest.save(
        manifest.Manifest(
            folder.name, "trixie", "now", "k", digests, {"bash": "5"}, "f" * 64, "e" * 64, variants
        ),
        folder,
    )
    return folder


def test_a_finished_image_is_taken_from_the_cache(tmp_path: Path) -> None:
    folder = cached(tmp_path)
    for emulated, name in ((True, "emulated"), (False, "provider")):
        artefact = build.ensure(tmp_path, emulated=emulated)
        assert artefact.path == folder / f"{name}.qcow2"
        assert artefact.sha256 == manifest.digest(artefact.path) == artefact.properties["socle_sha256"]
        assert artefact.disk_format == "qcow2"
        assert artefact.properties["os_admin_user"] == "automation"


def test_a_damaged_image_is_refused_in_one_line(tmp_path: Path) -> None:
    (cached(tmp_path) / "emulated.qcow2").write_text("emulateD")
    with pytest.raises(ImageError, match=r"is not what manifest\.json says: delete") as caught:
        build.ensure(tmp_path, emulated=True)
    assert "\n" not in str(caught.value)


def test_a_half_built_folder_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cached(tmp_path)
    folder.rename(folder.with_name(folder.name + ".partial"))
    built: list[Path] = []

    def fake_build(target: Path, *_: object) -> None:
        built.append(target)
        raise ImageError("stop here")

    monkeypatch.setattr(build, "_build", fake_build)
    with pytest.raises(ImageError, match="stop here"):
        build.ensure(tmp_path, emulated=True)
    assert built == [folder]


def test_nothing_is_removed_through_a_mount(tmp_path: Path) -> None:
    folder = tmp_path / "image-x.partial"
    (folder / "root/dev/shm").mkdir(parents=True)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"44 27 0:27 / {folder}/root/dev/shm rw - tmpfs tmpfs rw\n45 27 0:1 / {folder}-other rw - a a rw\n"
    )
    with pytest.raises(ImageError, match="is still mounted"):
        build.discard(folder, mounts)
    assert (folder / "root/dev/shm").exists()
    mounts.write_text(f"45 27 0:1 / {folder}-other rw - a a rw\n")
    build.discard(folder, mounts)
    assert not folder.exists()
    build.discard(folder, mounts)


def test_too_little_room_is_said_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "FREE_MIB", 2**40)
    monkeypatch.setattr(build, "require", lambda _: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ImageError, match="MiB free, the image build needs"):
        build.ensure(tmp_path, emulated=True)


def test_a_missing_tool_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ImageError, match="apt-get install fdisk qemu-utils"):
        errors.require(["sfdisk", "qemu-img"])


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"version": 99}', '{"version": 1, "variants": {"x": {"y": 1}}}']
)
def test_an_unreadable_manifest_says_what_to_delete(tmp_path: Path, text: str) -> None:
    (tmp_path / manifest.NAME).write_text(text)
    with pytest.raises(ImageError, match=f"delete {tmp_path}"):
        manifest.load(tmp_path)


def test_a_manifest_survives_a_round_trip(tmp_path: Path) -> None:
    folder = cached(tmp_path)
    read = manifest.load(folder)
    manifest.save(read, folder)
    assert manifest.load(folder) == read
    assert read.packages == {"bash": "5"}
