"""Reading the YAML tables of stacks/ so that every complaint names its file and line.

Here: parsing, line numbers, and turning a model's complaints into one line. What a table may
contain is in config.py; what two tables must agree on is in specification.py.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Loc = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)
# In C where PyYAML was built with it: an environment may have hundreds of files.
_FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_FASTEST):  # type: ignore[misc]
    """PyYAML's safe one, which says the line of a date that is none."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        """The date; ConstructorError for 2029-02-31."""
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_timestamp)


class FactError(Exception):
    """A table says something that cannot be: one line with where, what, and how to fix it."""


@dataclass(frozen=True)
class Document:
    """One YAML file: its data, and the line on which each part of it begins."""

    label: str
    data: Any
    lines: dict[Loc, int]

    def line(self, loc: Loc) -> int:
        """Line of the part at `loc`, or of the nearest part around it that exists."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def error(self, loc: Loc, what: str) -> FactError:
        """The error to raise about the part at `loc`."""
        return FactError(f"{self.label}:{self.line(loc)}: {what}")


def read(path: Path, label: str) -> Document:
    """Parse one file; `label` is how messages name it. Anchors and repeated keys are refused."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FactError(f"{label}: no such file; create it or correct the name that led here") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FactError(f"{label}: cannot be read ({error}); it must be a readable UTF-8 file") from None
    try:
        _refuse_aliases(text, label)
        loader = Loader(text)
        # Parsed once for both, its lines and its values: a verb reads dozens of these.
        node = loader.get_single_node()
        if node is None:
            return Document(label, None, {})
        lines = dict(_lines(node, (), label))
        return Document(label, loader.construct_document(node), lines)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not readable as YAML"
        line = mark.line + 1 if mark is not None else 1
        raise FactError(f"{label}:{line}: not valid YAML ({problem}); correct the syntax") from None
    except ValueError as error:
        raise FactError(f"{label}:1: not valid YAML ({error}); correct the value") from None


def _refuse_aliases(text: str, label: str) -> None:
    if "*" not in text:
        return
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise FactError(f"{label}:{line}: *{event.anchor} is an alias; write the value out")


def _lines(node: yaml.Node, loc: Loc, label: str) -> Iterator[tuple[Loc, int]]:
    if not loc:
        yield loc, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise FactError(f"{label}:{line}: '{name}' is said twice; keep one")
            seen.add(name)
            yield (*loc, name), line
            yield from _lines(value, (*loc, name), label)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*loc, index), value.start_mark.line + 1
            yield from _lines(value, (*loc, index), label)


def validate(model: type[ModelT], document: Document, at: Loc, value: Any) -> ModelT:
    """`value`, the part of `document` at `at`, as `model`.

    Validated as JSON in strict mode: "22" is no port and yes is no name, whatever YAML made of them.
    """
    if not isinstance(value, dict):
        raise document.error(at, f"{_dotted(at) or 'the file'} must be a table of keys and values; write one")
    try:
        return model.model_validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        # A misspelt key is also a missing one: the misspelling is what to say first.
        first, *others = sorted(
            error.errors(include_url=False), key=lambda entry: entry["type"] != "extra_forbidden"
        )
        loc = _written(document, at, tuple(first["loc"]))
        rest = f" (and {len(others)} more)" if others else ""
        raise document.error((*at, *loc), _say(loc, first) + rest) from None


def _written(document: Document, at: Loc, loc: Loc) -> Loc:
    """`loc` as the file has it: what is one value there may be a list of one to the model."""
    while loc and isinstance(loc[-1], int) and (*at, *loc) not in document.lines:
        loc = loc[:-1]
    return loc


def _say(loc: Loc, error: Any) -> str:
    kind, where = error["type"], _dotted(loc)
    if kind == "extra_forbidden":
        return f"unknown key '{where}'; remove it or correct its spelling"
    if kind == "missing":
        return f"'{where}' is missing; add it"
    if kind == "value_error":
        text = str(error["ctx"]["error"])
        text = text if "; " in text else f"{text}; correct the value"
        return f"{where}: {text}" if where else text
    if kind == "string_pattern_mismatch":
        return f"{where}: {error['input']!r} does not match {error['ctx']['pattern']}; rename it"
    return f"{where}: {error['input']!r} will not do; {error['msg'][0].lower()}{error['msg'][1:]}"


def _dotted(loc: Loc) -> str:
    return ".".join(str(step) for step in loc)
