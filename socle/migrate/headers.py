"""What is known of a blob, as headers of an object, and back. Pure.

Names of metadata differ in what both ends allow (case, underscores, length), so a blob's metadata and tags
travel as a form (`a=b&c=d`, percent-encoded, sorted) over as many numbered headers as the limits ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

META = "x-object-meta-"
_PLAIN = " !#$&'()*+,-./:;<=>?@[]^_`{|}~\""
SHA256, ETAG, MODIFIED, TYPE = "sha256", "source-etag", "source-modified", "source-type"
_NATIVE = ("content-encoding", "content-disposition", "content-language", "cache-control")


@dataclass(frozen=True)
class Limits:
    """What the target allows, in bytes; the defaults are Swift's (`swift.common.constraints`)."""

    name: int = 1024
    value: int = 256
    meta: int = 4096
    count: int = 90
    segments: int = 1000


class TooMuchError(ValueError):
    """The metadata of one object does not fit the target."""


def headers(
    facts: Mapping[str, str], form: Mapping[str, Mapping[str, str]], limits: Limits
) -> dict[str, str]:
    """Headers that carry `facts` (a header each) and `form` (`metadata`, `tags`); raises TooMuchError."""
    made = {META + name: quote(value, safe=_PLAIN) for name, value in facts.items()}
    for name, pairs in form.items():
        text = urlencode(sorted(pairs.items()), quote_via=quote, safe="")
        for number, start in enumerate(range(0, len(text), limits.value)):
            made[f"{META}source-{name}-{number:02}"] = text[start : start + limits.value]
    size = sum(len(name) - len(META) + len(value) for name, value in made.items())
    if size > limits.meta or len(made) > limits.count:
        raise TooMuchError(
            f"metadata of {size} bytes in {len(made)} headers, "
            f"the target allows {limits.meta} in {limits.count}"
        )
    if long := [name for name, value in made.items() if len(value) > limits.value]:
        raise TooMuchError(f"{long[0]} of more than {limits.value} bytes")
    return made


def native(content: Mapping[str, str | None]) -> dict[str, str]:
    """The headers that both ends know by the same name; a missing type becomes what both take for unknown."""
    kept = {name: value for name in _NATIVE if (value := content.get(name))}
    return {"content-type": content.get("content-type") or "application/octet-stream", **kept}


def read(found: Mapping[str, str], name: str) -> dict[str, str]:
    """Metadata or tags, from an object's headers; raises ValueError for what is no form."""
    prefix = f"{META}source-{name}-"
    text = "".join(found[key] for key in sorted(found) if key.startswith(prefix))
    return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True)) if text else {}


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Names of headers that differ: what was to be there, and metadata that was not."""
    ours = {name for name in found if name.startswith(META) or name in _NATIVE}
    return sorted(name for name in {*wanted, *ours} if wanted.get(name) != found.get(name))
