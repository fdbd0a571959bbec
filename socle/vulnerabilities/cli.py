"""`socle vulnerabilities`: judges the image and live hosts by the tracker's data; one record a target."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from socle.check import show
from socle.env import Environment, prepare
from socle.errors import UserError
from socle.hosts import pins as store
from socle.options import CloudName, help_with
from socle.records import Record, RecordSet, Text, Verdict
from socle.records.render import Format
from socle.vulnerabilities.installed import UnreadableError, of_host, of_sbom
from socle.vulnerabilities.tracker import Finding, Package, Tracker, load

HELP = help_with(
    "List known vulnerabilities of live hosts and of an image by Debian's security tracker.",
    "socle vulnerabilities                                  # every pinned host",
    "socle vulnerabilities --sbom sbom.cdx.json             # an image; asks no host",
    "socle vulnerabilities --data tracker.json --format json",
    note="Exit codes: 0 no fix is missing, 3 one is, 4 the tracker or a host could not be read.",
)
TITLE = Text(
    en="Nothing is installed for which Debian has a security fix that is not installed",
    fr="Rien n'est installé dont Debian a un correctif de sécurité qui ne l'est pas",
)
RELEASE = "trixie"


def judge(target: str, packages: list[Package], tracker: Tracker) -> Record:
    """Fails for each fix that is missing; what Debian has no fix for is told, and fails nothing."""
    found = tracker.findings(packages)
    missing = [one for one in found if one.fixed]
    unfixed = [one for one in found if not one.fixed]
    evidence = (
        f"{len(packages)} source packages, tracker of {tracker.day}: {len(missing)} fixes missing, "
        f"{len(unfixed)} without a fix{_listed(unfixed)}"
    )
    return Record(
        check="vulnerabilities",
        target=target,
        verdict=Verdict.FAIL if missing else Verdict.PASS,
        title=TITLE,
        evidence=evidence,
        expected=TITLE.en if missing else None,
        observed="; ".join(one.said for one in missing) if missing else None,
        clauses=("anssi-bp-028:R61",),
        fix="build the image anew, or `ansible-playbook playbooks/update.yml`" if missing else None,
    )


def _listed(found: list[Finding]) -> str:
    return f": {'; '.join(one.said for one in found)}" if found else ""


def vulnerabilities(  # noqa: PLR0917 - options of a command line
    cloud: CloudName,
    host: Annotated[list[str] | None, typer.Option(help="This host only; may be repeated.")] = None,
    sbom: Annotated[
        list[Path] | None, typer.Option(help="A bill of materials in place of hosts; may be repeated.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The tracker's JSON in place of today's.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    lang: Annotated[str, typer.Option(help="Language of titles: en or fr.")] = "en",
) -> None:
    """List known vulnerabilities."""
    if lang not in ("en", "fr"):
        raise UserError(f"no such language: {lang}", "--lang", "use en or fr")
    listed = [(str(path), of_sbom(path)) for path in sbom or ()]
    tracker = load(RELEASE, data)
    records = [judge(name, packages, tracker) for name, packages in listed]
    if host or not sbom:
        records += of_hosts(prepare(cloud), host or [], tracker)
    found = RecordSet(tuple(records))
    show(found, form, output, lang)
    raise typer.Exit(found.exit_code())


def of_hosts(environment: Environment, names: list[str], tracker: Tracker) -> list[Record]:
    """A record for each host named, or each pinned one; a host that does not answer is unproven."""
    pins = store.load(environment.ssh_dir)
    known = sorted(pin.name for pin in pins.values())
    strange = sorted({*names} - {*known})
    if strange or not known:
        what = f"no pinned host of this name (known: {', '.join(known) or 'none'})"
        raise UserError(what, ", ".join(strange), "run `socle hosts pin`")
    env = environment.for_child()

    def one(name: str) -> Record:
        try:
            return judge(name, of_host(pins, name, env), tracker)
        except UnreadableError as why:
            return Record(
                check="vulnerabilities",
                target=name,
                verdict=Verdict.UNPROVEN,
                title=TITLE,
                evidence=str(why),
                clauses=("anssi-bp-028:R61",),
                fix="bring the host back, and ask again",
            )

    with ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(one, names or known))
