#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Connections to an HTTP service that stay open, commanded by lines on stdin; each command
is answered by one line.

usage: trouble_hold.py ADDRESS PORT

  open COUNT FROM...  that many more, from these addresses in turn; how many are connected
  ask SECONDS         each one asks once: "answered=N refused=N broken=N silent=N" of all,
                      where refused is any status but 200
  ports ADDRESS       the ports of those from there that are not broken
  close COUNT         the oldest ones; how many are left
"""
import socket
import sys
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: shop\r\nCookie: sticky=hold\r\n\r\n"


class Held:
    def __init__(self, at, source):
        self.state, self.input = "silent", b""
        self.socket = socket.socket(socket.AF_INET)
        self.socket.bind((source, 0))
        self.port = self.socket.getsockname()[1]
        self.source = source
        self.socket.settimeout(20)
        try:
            self.socket.connect(at)
        except OSError:
            self.state = "broken"

    def ask(self):
        if self.state == "broken":
            return
        self.state, self.input = "silent", b""
        try:
            self.socket.sendall(REQUEST)
        except OSError:
            self.state = "broken"

    def read(self, end):
        """Until the answer is whole or the time is over."""
        while self.state == "silent":
            self.socket.settimeout(max(end - time.monotonic(), 0.01))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return
            except OSError:
                data = b""
            self.input += data
            if not data:
                self.state = "broken"
            elif self.input.endswith(b"\n") and b"\r\n\r\n" in self.input:
                self.state = "answered" if b" 200 " in self.input[:13] else "refused"


def state(held):
    states = [one.state for one in held]
    return " ".join(f"{name}={states.count(name)}"
                    for name in ("answered", "refused", "broken", "silent"))


def main(address, port):
    held, count = [], 0
    for line in sys.stdin:
        verb, *words = line.split()
        if verb == "open":
            for i in range(int(words[0])):
                held.append(Held((address, int(port)), words[1:][i % len(words[1:])]))
            print(sum(one.state != "broken" for one in held), flush=True)
        elif verb == "ask":
            for one in held:
                one.ask()
            end = time.monotonic() + float(words[0])
            for one in held:
                one.read(end)
            print(state(held), flush=True)
        elif verb == "ports":
            print(*(one.port for one in held
                    if one.source == words[0] and one.state != "broken"), flush=True)
        elif verb == "close":
            for one in held[:int(words[0])]:
                one.socket.close()
            held = held[int(words[0]):]
            print(len(held), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
