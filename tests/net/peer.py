#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Both ends of the traffic in the namespace tests.

  peer.py serve NAME PORT               a pod: TCP and UDP, IPv4 and IPv6
  peer.py who tcp|udp VIP PORT FROM...  a line "FROM NAME" for each client address
  peer.py carry tcp|udp VIP PORT FROM BYTES
                                        BYTES each way, contents compared; prints NAME
  peer.py hold VIP PORT FROM...         a connection each, lines "FROM NAME" and "end"; the
                                        same again for every line on stdin, which says how
                                        many seconds to wait for an answer; NAME is "broken"
                                        after a reset, "silent" without an answer

Requests are lines: "who", "put BYTES" (then the bytes; answered by their SHA-256), "get
BYTES SEED" (answered by bytes made from the seed). FROM may be ADDRESS:PORT for a fixed
source port ("[v6]:port" for IPv6).
"""
import hashlib
import os
import random
import socket
import sys
import threading

TIMEOUT_S = float(os.environ.get("PEER_TIMEOUT_S", "20"))
DATAGRAM = int(os.environ.get("PEER_DATAGRAM", "1200"))


def content(seed, length):
    return random.Random(seed).randbytes(length)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def split_from(text):
    """ADDRESS, v4:PORT or [v6]:PORT -> (address, port); port 0 means any."""
    if text.startswith("["):
        address, _, port = text[1:].partition("]:")
        return address, int(port)
    if text.count(":") == 1:
        address, port = text.split(":")
        return address, int(port)
    return text, 0


def answer(name, stream):
    for line in stream:
        words = line.decode().split()
        if words[0] == "who":
            stream.write(f"{name}\n".encode())
        elif words[0] == "put":
            data = stream.read(int(words[1]))
            stream.write(f"{hashlib.sha256(data).hexdigest()}\n".encode())
        elif words[0] == "get":
            stream.write(content(int(words[2]), int(words[1])))
        stream.flush()


def serve_connection(name, connection):
    with connection, connection.makefile("rwb") as stream:
        try:
            answer(name, stream)
        except OSError:
            pass  # the client went away


def serve_tcp(name, listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(
            target=serve_connection, args=(name, connection), daemon=True
        ).start()


def serve_udp(name, sock):
    """Answers come from the address that was asked: a pod may have several."""
    v4 = sock.family == socket.AF_INET
    level, kind = (socket.IPPROTO_IP, 8) if v4 else (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO)
    sock.setsockopt(level, kind if v4 else socket.IPV6_RECVPKTINFO, 1)
    while True:
        data, control, _, client = sock.recvmsg(65535, 128)
        info = next(value for at, what, value in control if (at, what) == (level, kind))
        # in_pktinfo: interface, source for the answer, destination of what came;
        # in6_pktinfo: the address and the interface, which a route may choose anew.
        info = bytes(4) + info[8:12] + bytes(4) if v4 else info[:16] + bytes(4)
        sock.sendmsg([name.encode() + b"\n" + data], [(level, kind, info)], 0, client)


def serve(name, port):
    threads = []
    for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for kind, run in ((socket.SOCK_STREAM, serve_tcp), (socket.SOCK_DGRAM, serve_udp)):
            sock = socket.socket(family, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((host, port))
            if kind == socket.SOCK_STREAM:
                sock.listen(256)
            threads.append(threading.Thread(target=run, args=(name, sock), daemon=True))
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    for thread in threads:
        thread.join()


def open_from(kind, vip, port, source):
    address, source_port = split_from(source)
    sock = socket.socket(family_of(vip), kind)
    sock.settimeout(TIMEOUT_S)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, source_port))
    sock.connect((vip, port))
    return sock


def kind_of(protocol):
    return socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM


def ask_udp(sock, payload):
    sock.send(payload)
    name, _, echo = sock.recv(65535).partition(b"\n")
    if echo != payload:
        raise ValueError("the answer differs from what was sent")
    return name.decode()


def who(protocol, vip, port, sources):
    failures = 0
    for source in sources:
        try:
            with open_from(kind_of(protocol), vip, port, source) as sock:
                if protocol == "udp":
                    name = ask_udp(sock, b"who")
                else:
                    sock.sendall(b"who\n")
                    name = sock.makefile("rb").readline().decode().strip()
        except (OSError, ValueError) as error:
            name = f"error: {error}"
            failures += 1
        print(source, name, flush=True)
    return failures


def carry_tcp(sock, length):
    stream = sock.makefile("rwb")
    data = content(1, length)
    stream.write(b"put %d\n" % length + data)
    stream.flush()
    if stream.readline().decode().strip() != hashlib.sha256(data).hexdigest():
        raise ValueError("the pod received something else")
    stream.write(b"get %d 2\n" % length)
    stream.flush()
    if stream.read(length) != content(2, length):
        raise ValueError("the client received something else")
    stream.write(b"who\n")
    stream.flush()
    return stream.readline().decode().strip()


def carry(protocol, vip, port, source, length):
    with open_from(kind_of(protocol), vip, port, source) as sock:
        if protocol == "tcp":
            name = carry_tcp(sock, length)
        else:
            data = content(1, length)
            names = {
                ask_udp(sock, data[at : at + DATAGRAM])
                for at in range(0, length, DATAGRAM)
            }
            name = " ".join(sorted(names))
    print(name)
    return 0


def hold(vip, port, sources):
    socks = [(s, open_from(socket.SOCK_STREAM, vip, port, s)) for s in sources]
    patience = TIMEOUT_S
    while True:
        words = []
        for source, sock in socks:
            sock.settimeout(patience)
            try:
                sock.sendall(b"who\n")
                name = (sock.recv(1000).decode().split() or ["broken"])[-1]
            except TimeoutError:
                name = "silent"
            except OSError:
                name = "broken"
            words.append(f"{source} {name}")
        print("\n".join(words) + "\nend", flush=True)
        line = sys.stdin.readline()
        if not line:
            return 0
        patience = float(line)


def main(words):
    verb = words[0]
    if verb == "serve":
        return serve(words[1], int(words[2]))
    if verb == "who":
        return who(words[1], words[2], int(words[3]), words[4:])
    if verb == "carry":
        return carry(words[1], words[2], int(words[3]), words[4], int(words[5]))
    if verb == "hold":
        return hold(words[1], int(words[2]), words[3:])
    print(__doc__, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]) or 0, 1))
