"""Mirrors read from the machine's apt configuration, in both formats."""

from pathlib import Path

import pytest

from localcloud.image.errors import ImageError
from localcloud.image.sources import DEFAULT_KEYRING, Entry, choose, host_mirrors, parse_deb822, parse_list

ONE_LINE = """\
# a comment
deb [arch=all signed-by=/etc/apt/keyrings/mirror.gpg] http://mirror.test/debian/ bookworm main contrib # own
deb-src http://mirror.test/debian bookworm main
deb http://mirror.test/security bookworm-security main
deb http://other.test/tool stable main
"""
DEB822 = """\
Types: deb deb-src
# snapshot of last May
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://mirror.test/security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
"""


def test_one_line_sources() -> None:
    entries = parse_list(ONE_LINE)
    assert entries[0] == Entry(
        "http://mirror.test/debian", "bookworm", ("main", "contrib"), "/etc/apt/keyrings/mirror.gpg"
    )
    assert [e.suite for e in entries] == ["bookworm", "bookworm-security", "stable"]


def test_deb822_sources() -> None:
    entries = parse_deb822(DEB822)
    assert [(e.uri, e.suite) for e in entries] == [
        ("http://mirror.test/debian", "bookworm"),
        ("http://mirror.test/debian", "bookworm-updates"),
        ("http://mirror.test/security", "bookworm-security"),
    ]
    assert entries[0].signed_by == str(DEFAULT_KEYRING)
    assert entries[2].signed_by is None


@pytest.mark.parametrize("text", [ONE_LINE, DEB822])
def test_the_same_mirrors_come_out_of_both(text: str) -> None:
    entries = parse_list(text) if text is ONE_LINE else parse_deb822(text)
    mirrors = choose(entries, "bookworm")
    assert (mirrors.archive, mirrors.security) == ("http://mirror.test/debian", "http://mirror.test/security")
    assert mirrors.one_line("trixie").splitlines() == [
        "deb http://mirror.test/debian trixie main",
        "deb http://mirror.test/debian trixie-updates main",
        "deb http://mirror.test/security trixie-security main",
    ]


def test_the_guests_sources_parse_back_to_the_same_mirrors() -> None:
    mirrors = choose(parse_deb822(DEB822), "bookworm")
    assert choose(parse_deb822(mirrors.deb822("trixie")), "trixie") == mirrors


def test_a_mirror_without_security_gives_sources_without_it() -> None:
    mirrors = choose([Entry("http://m.test/debian", "bookworm", ("main",))], "bookworm")
    assert mirrors.security is None
    assert "security" not in mirrors.deb822("trixie") + mirrors.one_line("trixie")


def test_no_archive_for_the_hosts_release_is_said_in_one_line() -> None:
    with pytest.raises(ImageError, match="no Debian archive for bookworm") as caught:
        choose(parse_list("deb http://other.test/tool stable main"), "bookworm")
    assert "\n" not in str(caught.value)


def test_files_of_a_machine_are_read_and_others_left_alone(tmp_path: Path) -> None:
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    (tmp_path / "apt/sources.list.d/off.list.disabled").write_text("deb http://off.test/d bookworm main\n")
    (tmp_path / "apt/sources.list.d/z.list").write_text("deb http://late.test/d bookworm main\n")
    (tmp_path / "apt/sources.list.d/debian.sources").write_text(DEB822)
    assert host_mirrors(tmp_path).archive == "http://mirror.test/debian"


def test_a_mirror_list_in_a_file_becomes_its_first_mirror(tmp_path: Path) -> None:
    mirrors = tmp_path / "debian.list"
    mirrors.write_text("# nearest first\nhttps://near.test/debian/\tpriority:1\nhttp://far.test/debian\n")
    found = choose([Entry(f"mirror+file:{mirrors}", "bookworm", ("main",))], "bookworm")
    assert found.archive == "https://near.test/debian"
    assert "URIs: http://near.test/debian\n" in found.deb822("trixie")
    mirrors.write_text("# none\n")
    with pytest.raises(ImageError, match=r"debian\.list, which .* lists no mirror: add one"):
        choose([Entry(f"mirror+file:{mirrors}", "bookworm", ("main",))], "bookworm")


def test_no_debian_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="VERSION_CODENAME"):
        host_mirrors(tmp_path)
