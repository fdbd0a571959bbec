"""Makes docs/en/hardening.md and docs/fr/durcissement.md from the tables of controls/.

python -m socle.controls.page            write them
python -m socle.controls.page --check    exit 3 when they differ from what is written
Exit code 2, one line on stderr, when a table is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.config.zones import LEVELS
from socle.controls.catalogue import Catalogue, load
from socle.controls.coverage import coverage, partly, waived
from socle.controls.rules import GUIDE
from socle.controls.tables import Control, Recommendation, Status
from socle.controls.words import WORDS, Words
from socle.errors import ExitCode, UserError
from socle.paths import ROOT

PAGES = {"en": Path("docs/en/hardening.md"), "fr": Path("docs/fr/durcissement.md")}


@dataclass(frozen=True)
class Page:
    """One language's page."""

    catalogue: Catalogue
    lang: str

    @property
    def words(self) -> Words:
        """What the tables do not say themselves."""
        return WORDS[self.lang]

    def text(self) -> str:
        """The whole page, ending with a newline."""
        return "\n".join(
            [*self._head(), *self._guide(), *self._others(), *self._cages(), *self._controls(), ""]
        )

    def _head(self) -> Iterator[str]:
        words = self.words
        yield from (f"# {words.title}", "", words.made, "", f"## {words.coverage}", "", words.counted, "")
        yield from _table(words.coverage_heads)
        for level in LEVELS:
            one = coverage(self.catalogue, level)
            counts = (one.whole, one.partly, one.missing, f"{one.share} %", one.elsewhere, one.without)
            yield _row(words.levels[level], *counts)
        yield ""

    def _guide(self) -> Iterator[str]:
        words = self.words
        yield from (f"## {words.guide}", "", words.guide_note, "")
        yield from _table(words.guide_heads)
        for one in self.catalogue.recommendations:
            if one.guide == GUIDE and one.level:
                named = f"**{one.number}** {one.title.in_language(self.lang)}"
                yield _row(named, words.levels[one.level], ", ".join(one.classes), *self._held(one))
        yield ""

    def _others(self) -> Iterator[str]:
        words = self.words
        yield from (f"## {words.others}", "", words.others_note, "")
        yield from _table(words.others_heads)
        for one in self.catalogue.recommendations:
            if one.guide != GUIDE:
                named = f"**{one.guide}** {one.number}: {one.title.in_language(self.lang)}"
                yield _row(named, ", ".join(one.classes), *self._held(one))
        yield ""

    def _held(self, one: Recommendation) -> tuple[str, str, str]:
        """Status with what explains it, controls, and what their checks read."""
        carried = self.catalogue.carrying(one.id)
        kinds = dict.fromkeys(control.kind for control in carried)
        read = "; ".join(self.catalogue.kinds[kind].read.in_language(self.lang) for kind in kinds)
        return self._status(one), ", ".join(f"[{c.id}](#{c.id.lower()})" for c in carried), read

    def _status(self, one: Recommendation) -> str:
        words = self.words
        said = words.partly if partly(one, self.catalogue) else words.statuses[one.status]
        parts = [f"**{said}**"]
        parts += [text.in_language(self.lang) for text in (one.reason, one.gap) if text]
        if one.shown_by:
            parts.append(f"{words.shown}: {one.shown_by.in_language(self.lang)}")
        until = waived(one, self.catalogue)
        if until and one.status is Status.ENFORCED:
            parts.append(f"{words.waived} {until} ([waivers.yaml](../../controls/waivers.yaml)).")
        return " ".join(parts)

    def _cages(self) -> Iterator[str]:
        words, lang = self.words, self.lang
        yield from (f"## {words.cages}", "", words.cages_note, "")
        yield from _table(words.cages_heads)
        excused = {waiver.control: waiver for waiver in self.catalogue.waivers}
        for control in self.catalogue.controls:
            if control.kind != "sandbox":
                continue
            waiver = excused.get(control.id)
            until = ""
            if waiver:
                scores = ", ".join(waiver.accounts)
                until = f"{scores}, {waiver.expiry}: {waiver.reason.in_language(lang).strip()}"
            for unit in control.parameters["units"]:
                named = f"[{control.id}](#{control.id.lower()})"
                limit = control.parameters["exposure_at_most"]
                yield _row(f"`{unit}`", words.applies[control.applies_when], limit, named, until)
        yield ""

    def _controls(self) -> Iterator[str]:
        words = self.words
        yield from (f"## {words.controls}", "", words.controls_note, "")
        for control in self.catalogue.controls:
            yield from self._control(control)

    def _control(self, control: Control) -> Iterator[str]:
        words, lang = self.words, self.lang
        kind = self.catalogue.kinds[control.kind]
        where = f"{words.levels[control.level]}, {words.applies[control.applies_when]}"
        yield from (f"### {control.id}", "", f"{control.title.in_language(lang)} ({where}).", "")
        yield f"- {words.why}: {control.rationale.in_language(lang).strip()}"
        yield f"- {words.read}: {kind.read.in_language(lang)}"
        yield f"- {words.answers}: {', '.join(control.clauses)}"
        yield from (f"- {words.mutation}:", "", "  ```sh", f"  {control.mutation.strip()}", "  ```", "")


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _table(heads: tuple[str, ...]) -> tuple[str, str]:
    return _row(*heads), "|" + "---|" * len(heads)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write or compare; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m socle.controls.page", description="Hardening's pages.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    try:
        catalogue = load(root)
    except UserError as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE
    found = ExitCode.HOLDS
    for lang, name in PAGES.items():
        path, text = root / name, Page(catalogue, lang).text()
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{name}: not what controls/ says; run 'python -m socle.controls.page'", file=sys.stderr)
            found = ExitCode.FINDINGS
    return found


if __name__ == "__main__":
    sys.exit(main())
