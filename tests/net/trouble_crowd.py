#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients of an HTTP service that changes: they ask all the time, and every answer is held
against the tables of its time.

usage: trouble_crowd.py ask ADDRESS PORT COUNT CONNECTIONS FOLDER
       trouble_crowd.py judge FOLDER

ask    COUNT requests with a cookie each, on so many connections; writes FOLDER/asked:
       start and end (seconds), cookie, status (0: the connection broke) and pod.
judge  FOLDER/tables has a line for each change, 'BEGIN END FILE' with the times of the
       apply and the answers of 'samepod explain -j'; FOLDER/dead 'TIME POD' for each kill.
       Right is a pod that one of the tables live in that time names. Only where that pod was
       dead a request may fail."""
import json
import random
import selectors
import socket
import sys
import time

VALUES = [f"client-{i}" for i in range(400)]


class Client:
    """One connection, one request at a time."""

    def __init__(self, crowd):
        self.crowd, self.socket = crowd, None
        self.connect()

    def connect(self):
        if self.socket:
            self.crowd.selector.unregister(self.socket)
            self.socket.close()
        self.socket = socket.create_connection(self.crowd.at, 20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.crowd.selector.register(self.socket, selectors.EVENT_READ, self)
        self.is_busy = False

    def ask(self):
        self.value = random.choice(VALUES)
        path = "/slow" if random.random() < 0.05 else "/"
        self.input, self.start, self.is_busy = b"", time.time(), True
        try:
            self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: shop\r\n"
                                f"Cookie: sticky={self.value}\r\n\r\n".encode())
        except OSError:
            self.finish(0, "broken")

    def read(self):
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        self.input += data
        head, found, body = self.input.partition(b"\r\n\r\n")
        if not data:
            # An idle connection may be closed, as when a worker drains.
            if self.is_busy:
                self.finish(0, "broken")
            else:
                self.connect()
        elif found and len(body) >= int(head.lower().split(b"content-length:")[1].split()[0]):
            keeps = b"\r\nconnection: close" not in head.lower()
            self.finish(int(head.split(b" ")[1]), (body.split() or [b"-"])[0].decode(), keeps)

    def finish(self, status, pod, keeps=False):
        self.crowd.log.write(f"{self.start:.6f} {time.time():.6f} {self.value} {status} {pod}\n")
        self.crowd.finished += 1
        self.is_busy = False
        if not keeps:
            self.connect()


class Crowd:
    def __init__(self, at, count, connections, folder):
        self.at, self.selector, self.finished = at, selectors.DefaultSelector(), 0
        with open(f"{folder}/asked", "w", encoding="ascii", buffering=1 << 16) as self.log:
            clients = [Client(self) for _ in range(connections)]
            while self.finished < count:
                for client in clients:
                    if not client.is_busy:
                        client.ask()
                for key, _ in self.selector.select(1):
                    key.data.read()


def read_tables(folder):
    """Begin, end, and the pod of each value."""
    tables = []
    with open(f"{folder}/tables", encoding="ascii") as file:
        for begin, end, name in map(str.split, file):
            with open(name, encoding="ascii") as answers:
                pods = {row["client"].split("=")[1]: row["pod"]
                        for row in map(json.loads, answers)}
            tables.append((float(begin), float(end), pods))
    return tables


def read_dead(folder):
    with open(f"{folder}/dead", encoding="ascii") as file:
        return {pod: float(when) for when, pod in map(str.split, file)}


class Judge:
    def __init__(self, folder):
        self.tables, self.dead = read_tables(folder), read_dead(folder)
        self.right, self.died, self.wrong = 0, 0, []

    def live(self, start, end):
        """Tables that were live at some time between."""
        for i, (begin, _, pods) in enumerate(self.tables):
            last = i + 1 == len(self.tables)
            if begin <= end and (last or self.tables[i + 1][1] >= start):
                yield pods

    def judge(self, line):
        start, end, value, status, pod = line.split()
        pods = {pods[value] for pods in self.live(float(start), float(end))}
        if status == "200" and pod in pods:
            self.right += 1
        elif status != "200" and any(self.dead.get(p, 1e18) <= float(end) for p in pods):
            self.died += 1
        else:
            self.wrong.append(f"{line.strip()}: should be {' or '.join(pods)}")


def judge(folder):
    judged = Judge(folder)
    with open(f"{folder}/asked", encoding="ascii") as file:
        for line in file:
            judged.judge(line)
    print("\n".join(judged.wrong[:10]))
    print(f"{judged.right} right, {judged.died} died with their pod, "
          f"{len(judged.wrong)} wrong; {len(judged.tables)} tables")
    sys.exit(1 if judged.wrong or not judged.right else 0)


def main():
    words = sys.argv[1:]
    if words[:1] == ["ask"] and len(words) == 6:
        Crowd((words[1], int(words[2])), int(words[3]), int(words[4]), words[5])
    elif words[:1] == ["judge"] and len(words) == 2:
        judge(words[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
