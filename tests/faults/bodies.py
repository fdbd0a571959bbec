"""Bodies of HTTP messages in pieces: what http.server and http.client leave to their users."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

PIECE = 64 * 1024
LONGEST = 64 * 1024 * 1024  # bytes held in memory


class CutError(Exception):
    """The peer's message ended before its end, or makes no sense."""


def is_chunked(headers: Message) -> bool:
    """Whether a request's body says its own length, piece by piece."""
    return headers.get("Transfer-Encoding", "").strip().lower() == "chunked"


def of_request(headers: Message, stream: BufferedIOBase) -> Iterator[bytes]:
    """What a client sends after its headers; CutError when it stops early or counts wrongly."""
    try:
        if not is_chunked(headers):
            yield from _exactly(stream, int(headers.get("Content-Length") or 0))
            return
        while size := int(_line(stream).partition(b";")[0], 16):
            yield from _exactly(stream, size)
            _line(stream)
        while _line(stream):
            pass  # trailers
    except ValueError as error:
        raise CutError from error


def of_answer(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """What the cloud answers; http.client itself takes a body that ends early for a whole one."""
    while piece := response.read(PIECE):
        yield piece
    if response.length:
        raise CutError


def whole(pieces: Iterator[bytes]) -> bytes:
    """All of it; CutError when that is too much to hold."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > LONGEST:
            raise CutError
    return bytes(body)


def _exactly(stream: BufferedIOBase, size: int) -> Iterator[bytes]:
    while size:
        piece = stream.read(min(size, PIECE))
        if not piece:
            raise CutError
        size -= len(piece)
        yield piece


def _line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(PIECE)
    if not line.endswith(b"\n"):
        raise CutError
    return line.strip()
