"""Reads single answers of services, and errors of the libraries that ask them. Asks nothing itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class Unread(Exception):  # noqa: N818 - a verdict, not a failure of ours
    """Something could not be read; one line says why. `status`: what the service answered, 0 for none."""

    def __init__(self, why: str, status: int = 0) -> None:
        """Keep both."""
        super().__init__(why)
        self.status = status


def json(answer: Any, what: str) -> Any:
    """The JSON of an answer; Unread when it is not whole."""
    if answer.status_code == HTTPStatus.NO_CONTENT:
        return []
    try:
        return answer.json()
    except ValueError:
        raise Unread(f"{what}: the answer is no whole JSON ({len(answer.content)} bytes)") from None


def retry_after(answer: Any, otherwise: float) -> float:
    """Seconds for which a busy service asks to be left alone."""
    said = str(answer.headers.get("Retry-After", "")).strip()
    return float(said) if said.isdigit() else otherwise


def said(answer: Any) -> str:
    """By which number the service's own log knows the request, for a message."""
    number = answer.headers.get("x-openstack-request-id") or answer.headers.get("x-trans-id")
    return f" ({number})" if number else ""


def status(error: Exception) -> int:
    """The HTTP status that an error of openstacksdk or keystoneauth carries; 0 when none."""
    status = getattr(error, "http_status", None) or getattr(error, "status_code", None)
    return int(status) if isinstance(status, int) else 0


def line(error: Exception) -> str:
    """An error in one line."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def text(header: str) -> str:
    """Headers travel as Latin-1; services write UTF-8 into them."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return header
