"""Keys of age as it writes them: Bech32 (BIP 173) of an X25519 key's 32 bytes. Pure; makes no key.

The format of what is sealed with them is age's own (C2SP, age-encryption.org/v1), and so is the program.
"""

from collections.abc import Iterable, Iterator

RECIPIENT, IDENTITY = "age", "age-secret-key-"
"""What public and secret keys begin with, before the `1` that ends it."""
BYTES = 32
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_SUM = 6


def recipient(public: bytes) -> str:
    """A public key, as age's `-r` takes it; ValueError when it has not 32 bytes."""
    return _encode(RECIPIENT, public)


def identity(secret: bytes) -> str:
    """A secret key, as a line of age's identity file; ValueError when it has not 32 bytes."""
    return _encode(IDENTITY, secret).upper()


def is_recipient(text: str) -> str:
    """The text, when it is a public key of age. ValueError, with the fix, when it is not."""
    prefix, _, rest = text.rpartition("1")
    fix = "take the line `age1…` that age-keygen prints as the public key"
    if prefix == IDENTITY or text.upper().startswith(IDENTITY.upper()):
        raise ValueError(f"that is a secret key, which others may have read by now; make another, and {fix}")
    if prefix != RECIPIENT or set(rest) - set(_LETTERS):
        raise ValueError(f"not a public key of age; {fix}")
    values = [_LETTERS.index(letter) for letter in rest]
    if _polymod([*_expanded(prefix), *values]) != 1:
        raise ValueError(f"a letter of the key is wrong; {fix}")
    try:
        whole = bytes(_regrouped(values[:-_SUM], 5, 8, pad=False))
    except ValueError:
        whole = b""
    if len(whole) != BYTES:
        raise ValueError(f"not a whole public key of age; {fix}")
    return text


def _encode(prefix: str, data: bytes) -> str:
    if len(data) != BYTES:
        raise ValueError(f"a key of age has {BYTES} bytes, not {len(data)}")
    values = list(_regrouped(data, 8, 5, pad=True))
    polymod = _polymod([*_expanded(prefix), *values, *[0] * _SUM]) ^ 1
    values += [(polymod >> 5 * (_SUM - 1 - place)) & 31 for place in range(_SUM)]
    return prefix + "1" + "".join(_LETTERS[value] for value in values)


def _expanded(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _polymod(values: Iterable[int]) -> int:
    """BIP 173's checksum."""
    found = 1
    for value in values:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            found ^= generator if top >> place & 1 else 0
    return found


def _regrouped(data: Iterable[int], bits: int, into: int, *, pad: bool) -> Iterator[int]:
    held = count = 0
    for value in data:
        held, count = held << bits | value, count + bits
        while count >= into:
            count -= into
            yield held >> count & ((1 << into) - 1)
        held &= (1 << count) - 1
    if pad and count:
        yield held << (into - count) & ((1 << into) - 1)
    elif not pad and (count >= bits or held):
        raise ValueError("bits are left over")
