"""What a host is asked to try, as root: runs there as one text, with the standard library only.

`python3 -I -c <this file> '[["scan", {...}], ["dns", {...}]]'` prints one answer for each, as JSON.
"""

import errno
import json
import os
import select
import socket
import struct
import sys
import time

LINK = next(name for name in sorted(os.listdir("/sys/class/net")) if name != "lo")
ETH_IP, ETH_ALL, UDP, ICMP6_ECHO = 0x0800, 3, 17, 128


def scan(targets, seconds=6):
    """TCP: for each [address, port] `open`, `refused` (reached, nobody listens) or `nothing` came back."""
    found, waiting = {}, {}
    poll = select.poll()
    for address, port in targets:
        one = socket.socket()
        one.setblocking(False)
        name = f"{address}:{port}"
        found[name] = "nothing"
        try:
            one.connect((address, port))
        except BlockingIOError:
            waiting[one.fileno()] = (one, name)
            poll.register(one, select.POLLOUT)
        except OSError:
            pass
    until = time.monotonic() + seconds
    while waiting and time.monotonic() < until:
        for number, _ in poll.poll(200):
            one, name = waiting.pop(number)
            poll.unregister(number)
            error = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            found[name] = {0: "open", errno.ECONNREFUSED: "refused"}.get(error, "nothing")
    return found


def ask(address, port, hexed, seconds=5):
    """UDP: the answer to one datagram, in hex; empty when none came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(seconds)
        try:
            one.sendto(bytes.fromhex(hexed), (address, port))
            return one.recvfrom(4096)[0].hex()
        except OSError:
            return ""


def watch(tokens, last, seconds):
    """Listens to all that arrives at the link, until `last` does: the source address that each token had."""
    seen = {}
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_ALL)) as one:
        one.bind((LINK, ETH_ALL))
        print("watching", file=sys.stderr, flush=True)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            one.settimeout(left)
            try:
                frame = one.recv(65535)
            except TimeoutError:
                break
            seen |= {token: socket.inet_ntoa(frame[26:30]) for token in tokens if token.encode() in frame}
            if last in seen:
                break
    return seen


def send_as(*, source, mac, gateway, target, port, token):
    """Sends a datagram with another source address or another MAC than ours, by way of the gateway."""
    there = neighbour(gateway)
    own = mac or read(f"/sys/class/net/{LINK}/address").strip()
    body = token.encode()
    datagram = struct.pack("!HHHH", 40000, port, 8 + len(body), 0) + body
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 1, 0, 64, UDP, 0) + ends
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    frame = hexed(there) + hexed(own) + struct.pack("!H", ETH_IP) + header + datagram
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as one:
        one.bind((LINK, 0))
        for _ in range(3):
            one.send(frame)
            time.sleep(0.3)
    return "sent"


def neighbour(address, seconds=5):
    """The MAC of a neighbour; TimeoutError when it gives none."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b"", (address, 9))
        rows = [line.split() for line in read("/proc/net/arp").splitlines()]
        there = [row[3] for row in rows if row[0] == address and row[2] != "0x0"]
        if there:
            return there[0]
        time.sleep(0.3)
    raise TimeoutError(f"{address} is no neighbour")


def ping6(target, seconds=6):
    """Whether an IPv6 link-local neighbour answers an echo, once IPv6 was switched on as root can."""
    switch6("0")
    try:
        return _echo6(target, seconds)
    finally:
        switch6("1")


def switch6(off):
    """IPv6 of the link: "0" on, "1" off."""
    for name in ("all", LINK):
        with open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w") as file:
            file.write(off)


def _echo6(target, seconds):
    until = time.monotonic() + seconds
    echo, scope = struct.pack("!BBHHH", ICMP6_ECHO, 0, 0, 7, 1), socket.if_nametoindex(LINK)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as one:
        one.settimeout(1)
        while time.monotonic() < until:
            try:
                one.sendto(echo, (target, 0, 0, scope))
                answer, sender = one.recvfrom(2048)
            except OSError:
                time.sleep(0.3)  # the address is tentative for a second, and neighbours may be silent
                continue
            if answer[0] == ICMP6_ECHO + 1 and sender[0].split("%")[0] == target:
                return True
    return False


def read(path):
    """A file's text."""
    with open(path) as file:
        return file.read()


def hexed(mac):
    """A MAC's six bytes."""
    return bytes.fromhex(mac.replace(":", ""))


def checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


if __name__ == "__main__":
    known = {each.__name__: each for each in (scan, ask, watch, send_as, ping6)}
    print(json.dumps([known[name](**said) for name, said in json.loads(sys.argv[1])]))
