#!/usr/bin/python3 -I
"""A recorded shell, for people whose login shell and forced command this is.

As the person (any arguments): hands its terminal to the recorder and waits. As `serve`, started by systemd
as root for each connection: takes the terminal away from the person, gives them a shell on another, and
keeps what that shell shows, which is in the journal a second later. What is typed is kept only as far as it
is shown, so no password is. Without a journal there is no session.
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import fcntl
import grp
import json
import os
import pathlib
import pty
import pwd
import re
import secrets
import select
import signal
import socket
import struct
import sys
import termios
import time
import tty
from typing import Any

SOCKET = "/run/socle-record.socket"
JOURNAL = "/run/systemd/journal/socket"
GROUP = "socle-people"
PRINCIPALS = pathlib.Path("/etc/ssh/socle/principals")
"""A person whose list is not there was closed out."""
SHELL = "/bin/bash"
CHUNK = 8192
"""Bytes of one entry: escaped they stay below the 64 KiB that the logger takes."""
DELAY = 1.0
"""Seconds that something shown may wait for its entry to fill up."""
RATE = 65536
"""Bytes that a session shows in a second at most, so that nobody drowns the journal."""


class Refusal(Exception):  # noqa: N818 - said to the person, in their words
    """No session, and why."""


class Record:
    """The entries of one session, numbered: one that is missing is noticed."""

    def __init__(self, person: str, journal: str = JOURNAL) -> None:
        """Begin with a name of its own, which no other session has."""
        self.person, self.journal, self.session = person, journal, secrets.token_hex(8)
        self.began, self.number = time.monotonic(), 0
        self.link: socket.socket | None = None
        self.waiting = b""
        self.since = 0.0
        self.decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode

    def write(self, **said: Any) -> None:
        """One entry; Refusal when the journal has taken none for ten seconds."""
        passed = round(time.monotonic() - self.began, 3)
        head = {"session": self.session, "person": self.person, "n": self.number, "t": passed}
        lines = [f"MESSAGE={json.dumps({**head, **said})}", "SYSLOG_IDENTIFIER=socle-record", "PRIORITY=6"]
        for _ in range(10):
            try:
                if self.link is None:
                    self.link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    self.link.connect(self.journal)  # once: the shell's side of the file system hides it
                self.link.send("\n".join([*lines, ""]).encode())
            except OSError:
                if not self.number:
                    self.link = None
                time.sleep(1)
            else:
                self.number += 1
                return
        raise Refusal("the session cannot be recorded: the journal does not answer")

    def output(self, data: bytes) -> None:
        """Keep what is about to be shown."""
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting += data
        if len(self.waiting) >= CHUNK:
            self.flush()

    def due(self) -> float:
        """Seconds until something kept must be written."""
        return max(0.0, self.since + DELAY - time.monotonic()) if self.waiting else DELAY

    def flush(self, *, final: bool = False) -> None:
        """Write what is kept."""
        text = self.decode(self.waiting, final)
        self.waiting = b""
        if text:
            self.write(out=text)


def main(arguments: list[str]) -> int:
    """Exit code of the shell; 1 when there was none."""
    try:
        return serve(socket.socket(fileno=os.dup(0))) if arguments == ["serve"] else ask()
    except Refusal as refusal:
        print(f"no session: {refusal}", file=sys.stderr)
        return 1


def ask() -> int:
    """The person's side."""
    system("prctl", 4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: nothing else of theirs may take this process's terminal
    if not os.isatty(0):
        raise Refusal("a terminal is needed (ssh -t); files and tunnels do not pass here")
    wanted = {name: os.environ.get(name, "") for name in ("TERM", "LANG", "SSH_CONNECTION")}
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.connect(SOCKET)
    except OSError as error:
        raise Refusal(f"the recorder does not answer ({error.strerror})") from None
    asked = json.dumps({"command": os.environ.get("SSH_ORIGINAL_COMMAND", ""), **wanted})
    socket.send_fds(link, [asked.encode()], [0])
    signal.signal(signal.SIGWINCH, lambda *_: link.send(b"w"))
    answer = b""
    while part := link.recv(4096):
        answer += part
    try:
        told = json.loads(answer)
    except ValueError:
        raise Refusal("the recorder ended") from None
    if "refused" in told:
        raise Refusal(told["refused"])
    return int(told["code"])


def serve(link: socket.socket, journal: str = JOURNAL) -> int:
    """The recorder's side: one session."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what is kept is still written
    try:
        answer: dict[str, Any] = {"code": session(link, journal)}
    except Refusal as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        answer = {"refused": str(refusal)}
    with contextlib.suppress(OSError):  # whoever asked may have gone
        link.sendall(json.dumps(answer).encode())
    return 0


def session(link: socket.socket, journal: str) -> int:
    """Exit code of the person's shell."""
    asking, uid, _gid = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    person = pwd.getpwuid(uid)
    if uid == 0 or person.pw_name not in grp.getgrnam(GROUP).gr_mem:
        raise Refusal(f"{person.pw_name} is not one of the people")
    if not (PRINCIPALS / person.pw_name).exists():
        raise Refusal(f"{person.pw_name} may not log in any more")
    data, descriptors, _flags, _address = socket.recv_fds(link, 65536, 1)
    if not descriptors or not os.isatty(descriptors[0]) or os.fstat(descriptors[0]).st_uid != uid:
        raise Refusal("the terminal is not the person's")
    asked, outer = json.loads(data), descriptors[0]
    # From here on nobody opens it; who had it open before is looked for: nobody writes past the record.
    os.fchown(outer, 0, -1)
    os.fchmod(outer, 0o600)
    alone(outer, asking)
    record = Record(person.pw_name, journal)
    record.write(begin=asked.get("command", ""), claimed=asked.get("SSH_CONNECTION", ""))
    apart()
    inner, slave = pty.openpty()
    kept = termios.tcgetattr(outer)
    termios.tcsetattr(slave, termios.TCSANOW, kept)
    resize(outer, inner)
    os.fchown(slave, uid, -1)
    child = os.fork()
    if child == 0:
        become(person, slave, asked)
    os.close(slave)
    code = 1
    try:
        tty.setraw(outer)
        relay(link, outer, inner, os.pidfd_open(child), record)
    finally:
        os.close(inner)  # hangs up
        code = os.waitstatus_to_exitcode(reap(child))
        record.flush(final=True)
        record.write(end=code)
        with contextlib.suppress(termios.error):
            termios.tcsetattr(outer, termios.TCSANOW, kept)
    return code


def alone(outer: int, asking: int) -> None:
    """Refusal when a process besides root's and the asking one holds the terminal open."""
    device = os.fstat(outer).st_rdev
    for _ in range(20):  # sshd's own process for the person lets go of it within moments
        found = holders(device) - {asking, os.getpid()}
        if not found:
            return
        time.sleep(0.1)
    raise Refusal(f"process {min(found)} holds this terminal open")


def holders(device: int) -> set[int]:
    """Processes other than root's that hold the device open."""
    found = set()
    for process in pathlib.Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended
            said = (process / "status").read_text(errors="replace")
            users = next(line.split()[1:] for line in said.splitlines() if line.startswith("Uid:"))
            if set(users) != {"0"} and holds(process, device):
                found.add(int(process.name))
    return found


def holds(process: pathlib.Path, device: int) -> bool:
    """Whether a process holds the device open."""
    for descriptor in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed
            if descriptor.stat().st_rdev == device:
                return True
    return False


def apart() -> None:
    """Give this process and its shell terminals of their own, and no way to the journal's sockets."""
    try:
        os.unshare(os.CLONE_NEWNS) if hasattr(os, "unshare") else system("unshare", 0x20000)
        system("mount", b"none", b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
        options = b"newinstance,ptmxmode=0666,mode=0620,gid=5"
        system("mount", b"devpts", b"/dev/pts", b"devpts", 0xA, options)  # MS_NOSUID | MS_NOEXEC
        system("mount", b"tmpfs", b"/run/systemd/journal", b"tmpfs", 0xF, b"mode=000,size=4k")
    except OSError as error:
        raise Refusal(f"the shell cannot be kept apart ({error.strerror})") from None


def system(name: str, *arguments: Any) -> None:
    """Call the C library; OSError when it fails."""
    library = ctypes.CDLL(None, use_errno=True)
    given = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments]
    if getattr(library, name)(*given):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become(person: pwd.struct_passwd, slave: int, asked: dict[str, str]) -> None:
    """Become the person's shell on the inner terminal; never returns."""
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in (0, 1, 2):
            os.dup2(slave, descriptor)
        os.closerange(3, 4096)
        # Audit then knows who it is. Refused only where it was set before, by a login.
        with contextlib.suppress(OSError), open("/proc/self/loginuid", "w") as audit:  # noqa: PTH123
            audit.write(str(person.pw_uid))
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.initgroups(person.pw_name, person.pw_gid)
        os.setgid(person.pw_gid)
        os.setuid(person.pw_uid)
        os.umask(0o077)
        os.chdir(person.pw_dir)
        given = {name: asked.get(name, "") for name in ("TERM", "LANG")}
        known = {k: v for k, v in given.items() if re.fullmatch(r"[A-Za-z0-9._+@-]{1,64}", v)}
        own = {"USER": person.pw_name, "LOGNAME": person.pw_name, "HOME": person.pw_dir, "SHELL": SHELL}
        path = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
        command = ["-c", asked["command"]] if asked.get("command") else []
        os.execve(SHELL, ["-bash", *command], {**known, **own, **path})  # noqa: S606 - the shell itself
    finally:
        os._exit(126)


def relay(link: socket.socket, outer: int, inner: int, shell: int, record: Record) -> None:
    """Carry bytes both ways until the shell ends or the person has gone."""
    os.set_blocking(inner, False)
    typed = b""
    with contextlib.suppress(OSError):  # an end of a terminal that is closed
        while True:
            watched: list[Any] = [link, inner, shell, *([] if typed else [outer])]
            ready, free, _ = select.select(watched, [inner] if typed else [], [], record.due())
            if record.waiting and not record.due():
                record.flush()
            if link in ready:
                if not link.recv(64):
                    return
                resize(outer, inner)
            if outer in ready:
                typed = os.read(outer, CHUNK)
                if not typed:
                    return
            if inner in free:
                with contextlib.suppress(BlockingIOError):  # a long paste: the shell reads slower
                    typed = typed[os.write(inner, typed) :]
            if inner in ready:
                data = os.read(inner, CHUNK)
                record.output(data)
                write_all(outer, data)
                time.sleep(len(data) / RATE)
            elif shell in ready:
                return


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it."""
    while data:
        data = data[os.write(descriptor, data) :]


def resize(outer: int, inner: int) -> None:
    """Give the inner terminal the outer one's size."""
    size = fcntl.ioctl(outer, termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(inner, termios.TIOCSWINSZ, size)


def reap(child: int) -> int:
    """The shell's status: it was hung up on, and is killed when it stays."""
    for _ in range(20):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
