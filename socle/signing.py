"""Signatures of files by a key of the environment's own: OpenSSH's format, `<file>.sig`, one purpose each.

Signatures of people, by their certificates, are in socle.change.signing.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from socle.admin.store import run_keygen
from socle.identity import make_folder


def signer(folder: Path, comment: str) -> Path:
    """The public half of the key that signs, made when there is none; the private half may be an agent's."""
    public = make_folder(folder) / "key.pub"
    if not public.exists():
        run_keygen(["-t", "ed25519", "-N", "", "-C", comment, "-f", str(folder / "key")], folder)
    return public


def signature(file: Path) -> Path:
    """Where the signature of a file lies."""
    return file.with_name(file.name + ".sig")


def sign(file: Path, public: Path, namespace: str) -> None:
    """Sign a file for one purpose; a signature that was there is replaced."""
    signature(file).unlink(missing_ok=True)
    private = public.with_suffix("")
    key = private if private.exists() else public
    run_keygen(["-Y", "sign", "-f", str(key), "-n", namespace, str(file)], file.parent)


def objection(file: Path, public: Path, who: str, namespace: str) -> str:
    """Why the signature does not hold; empty when it does."""
    if not signature(file).exists():
        return f"{signature(file).name} is not beside it"
    if not public.exists():
        return f"the key that signs is not here ({public})"
    with tempfile.TemporaryDirectory(prefix="socle-signers-") as folder:
        signers = Path(folder) / "signers"
        signers.write_text(f"{who} {public.read_text(encoding='utf-8')}", encoding="utf-8")
        argv = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", who, "-n", namespace]
        argv += ["-s", str(signature(file))]
        done = subprocess.run(argv, input=file.read_bytes(), capture_output=True, check=False)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).decode(errors="replace").strip()
