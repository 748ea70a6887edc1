#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of connections in one process, and the pods that answer them in another.

  crowd.py serve PORT          every address of the namespace is a pod: each line it
                               receives is answered by the address it was sent to
  crowd.py hold VIP PORT FROM...
                               connections from these addresses, by commands on stdin

Half of the connections are busy: they ask again soon after each answer. The others are
quiet: they ask only when told so. Each command is answered by one line on stdout:

  open COUNT     that many more; the pods that they found, each with its count
  ask SECONDS    each connection asks once; the state of all of them (below)
  dead POD...    pods die: their connections are set apart; how many these are
  orphans SECONDS
                 those ask once, and are forgotten; their state
  newest         "ADDRESS:PORT=POD" of each connection that the last open made
  quit           how many answers there were in all

A state is "open=N broken=N silent=N strayed=N": connections; those that were reset or
refused; those without an answer in time; those answered by another pod than the first
time. What was counted once is closed, and not counted again.
"""
import collections
import errno
import os
import selectors
import socket
import sys
import time

BUSY_S = 0.4
CONNECT_S = 20
BACKLOG = 4096


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(port):
    selector = selectors.DefaultSelector()
    for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        selector.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                connection, _ = key.fileobj.accept()
                name = connection.getsockname()[0].encode() + b"\n"
                selector.register(connection, selectors.EVENT_READ, name)
                continue
            try:
                data = key.fileobj.recv(4096)
                key.fileobj.sendall(key.data * data.count(b"\n"))
            except OSError:
                data = b""
            if not data:
                selector.unregister(key.fileobj)
                key.fileobj.close()


class Connection:
    def __init__(self, crowd, source, is_busy):
        self.crowd = crowd
        self.is_busy = is_busy
        self.is_orphan = False
        self.is_waiting = True  # for an answer, or to be connected
        self.pod = None
        self.sock = socket.socket(family_of(source), socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.sock.bind((source, 0))
        error = self.sock.connect_ex((crowd.vip, crowd.port))
        if error not in (0, errno.EINPROGRESS):
            raise OSError(error, os.strerror(error))
        self.source = self.sock.getsockname()[:2]
        crowd.selector.register(self.sock, selectors.EVENT_WRITE, self)

    def close(self, count=None):
        self.crowd.selector.unregister(self.sock)
        self.sock.close()
        self.crowd.connections.discard(self)
        self.is_waiting = False
        if count:
            self.crowd.counts[self.is_orphan][count] += 1

    def ask(self):
        self.is_waiting = True
        try:
            self.sock.send(b"who\n")
        except OSError:
            self.close("broken")

    def meet(self, name):
        self.crowd.answers += 1
        self.is_waiting = False
        if self.pod is None:
            self.pod = name
            self.crowd.found[name] += 1
        elif name != self.pod:
            self.close("strayed")
            return
        if self.is_busy:
            self.crowd.later.append((time.monotonic() + BUSY_S, self))

    def ready(self, events):
        if events & selectors.EVENT_WRITE:
            self.crowd.selector.modify(self.sock, selectors.EVENT_READ, self)
            self.ask()
            return
        try:
            data = self.sock.recv(4096)
        except OSError:
            data = b""
        if data:
            self.meet(data.decode().split()[-1])
        else:
            self.close("broken")


class Crowd:
    def __init__(self, vip, port, sources):
        self.vip = vip
        self.port = port
        self.sources = sources
        self.selector = selectors.DefaultSelector()
        self.selector.register(sys.stdin, selectors.EVENT_READ)
        self.connections = set()
        self.later = collections.deque()  # busy ones: (when to ask again, connection)
        self.counts = {False: collections.Counter(), True: collections.Counter()}
        self.found = collections.Counter()
        self.made = []  # by the last open
        self.opened = 0
        self.answers = 0

    def step(self):
        """Serve all connections for a moment; returns whether a command is there."""
        is_told = False
        for key, events in self.selector.select(0.02):
            if key.data is None:
                is_told = True
            elif key.data in self.connections:
                key.data.ready(events)
        while self.later and self.later[0][0] <= time.monotonic():
            connection = self.later.popleft()[1]
            if connection in self.connections and not connection.is_waiting:
                connection.ask()
        return is_told

    def wait(self, connections, seconds):
        """Until none of them waits; those that do at the end are silent."""
        end = time.monotonic() + seconds
        while any(c.is_waiting for c in connections) and time.monotonic() < end:
            self.step()
        for connection in connections:
            if connection.is_waiting:
                connection.close("silent")

    def those(self, is_orphan):
        return [c for c in self.connections if c.is_orphan == is_orphan]

    def state(self, is_orphan):
        counts = self.counts[is_orphan]
        words = [f"{word}={counts[word]}" for word in ("broken", "silent", "strayed")]
        counts.clear()
        return " ".join([f"open={len(self.those(is_orphan))}"] + words)

    def open(self, count):
        self.found.clear()
        self.made = []
        for _ in range(int(count)):
            source = self.sources[self.opened % len(self.sources)]
            self.made.append(Connection(self, source, self.opened % 2 == 0))
            self.connections.add(self.made[-1])
            self.opened += 1
        self.wait(self.made, CONNECT_S)
        return " ".join(f"{pod}={count}" for pod, count in sorted(self.found.items()))

    def ask(self, seconds, is_orphan=False):
        asked = self.those(is_orphan)
        for connection in asked:
            # What a dying pod has answered may be lost: its client has to ask again.
            if is_orphan or not connection.is_waiting:
                connection.ask()
        self.wait(asked, float(seconds))
        return self.state(is_orphan)

    def dead(self, *pods):
        orphans = [c for c in self.connections if c.pod in pods]
        for connection in orphans:
            connection.is_orphan = True
        return str(len(orphans))

    def orphans(self, seconds):
        state = self.ask(seconds, is_orphan=True)
        for connection in self.those(is_orphan=True):
            connection.close()
        return state

    def newest(self):
        def text(connection):
            address, port = connection.source
            host = f"[{address}]" if ":" in address else address
            return f"{host}:{port}={connection.pod}"

        return " ".join(map(text, self.made))

    def run(self):
        verbs = {"open": self.open, "ask": self.ask, "dead": self.dead,
                 "orphans": self.orphans, "newest": self.newest}
        while True:
            if not self.step():
                continue
            words = sys.stdin.readline().split()
            if not words or words[0] == "quit":
                print(self.answers, flush=True)
                return 0
            print(verbs[words[0]](*words[1:]), flush=True)


def main(words):
    if words[:1] == ["serve"]:
        return serve(int(words[1]))
    if words[:1] == ["hold"]:
        return Crowd(words[1], int(words[2]), words[3:]).run()
    print(__doc__, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
