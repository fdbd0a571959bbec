"""Runs inside the stand-in of machine.py, under Debian's python3: targets, journal, recorder's socket."""

import os
import pathlib
import socket
import subprocess
import sys
import threading

FOLDER = pathlib.Path(sys.argv[1])
TARGETS = (("127.0.0.2", 22), ("127.0.0.2", 8022), ("127.0.0.3", 22))


def target(address: str, port: int) -> None:
    """Greets as an SSH server and hangs up."""
    server = socket.create_server((address, port))
    while True:
        link, _ = server.accept()
        link.sendall(f"SSH-2.0-target-{address}-{port}\r\n".encode())
        link.close()


def journal() -> None:
    """Keeps each entry's message, a line each."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    link.bind("/run/systemd/journal/socket")
    with (FOLDER / "journal").open("ab", buffering=0) as kept:
        while True:
            entry = link.recv(1 << 20)
            lines = entry.split(b"\n")
            kept.write(next(line for line in lines if line.startswith(b"MESSAGE="))[8:] + b"\n")


def recorder() -> None:
    """What socle-record.socket and its service do: a process for each connection."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind("/run/socle-record.socket")
    os.chmod("/run/socle-record.socket", 0o666)  # noqa: S103, PTH101 - who may ask is the recorder's own check too
    server.listen()
    while True:
        link, _ = server.accept()
        with (FOLDER / "recorder.log").open("ab") as log:
            subprocess.Popen(
                ["setpriv", "--no-new-privs", str(FOLDER / "record"), "serve"],
                stdin=link.fileno(),
                stdout=log,
                stderr=log,
                umask=0o077,
            )
        link.close()


def main() -> None:
    """Start all and stay."""
    for address, port in TARGETS:
        threading.Thread(target=target, args=(address, port), daemon=True).start()
    threading.Thread(target=journal, daemon=True).start()
    threading.Thread(target=recorder, daemon=True).start()
    (FOLDER / "ready").touch()
    threading.Event().wait()


main()
