#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Decisions of a running Envoy (tests/data/envoy-decisions.txt) against the helper.

  l7_replay.py manifest FILE       all scenarios as a plain pod list
  l7_replay.py replay FILE         each request from its client's address and port; counts
                                   by key, and the first differences

Exit status 1: something differs.
"""
import json
import socket
import sys
from collections import Counter

from l7_client import TIMEOUT_S, read_response

SHOWN_MAX = 10
# What the recording's cookies had beside their name, by ttl.
COOKIES = {
    "0s": "cookie-ttl=0",
    "3600s": "cookie-ttl=3600 cookie-path=/app",
    "90.7s": "cookie-ttl=90 cookie-path=/ cookie-attribute=SameSite=Strict "
             "cookie-attribute=Secure",
}


class Scenario:
    def __init__(self, words):
        self.name, self.listener, self.algorithm, self.size, self.key, *rest = words
        self.key_name = rest[0] if rest else ""
        self.ttl = rest[1] if len(rest) > 1 else None
        self.pods, self.requests = [], []

    def manifest(self):
        size = "ring-size" if self.algorithm == "ring-hash" else "table-size"
        key = f"{self.key}:{self.key_name}" if self.key_name else self.key
        cookie = COOKIES[self.ttl] if self.ttl else ""
        yield (f"service {self.listener}/tcp name={self.name} key={key} {cookie} "
               f"algorithm={self.algorithm} {size}={self.size} forward=l7")
        for at, weight in self.pods:
            yield f"{at} weight={weight}"


class Request:
    def __init__(self, words):
        self.client, self.pod, *target = words.split(" ", 2)
        self.pod = int(self.pod)
        self.target = target[0] if target else "/"
        self.fields, self.cookies = [], []


def read_decisions(path):
    scenario = None
    with open(path, encoding="latin-1") as file:
        for line in file:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "scenario":
                if scenario:
                    yield scenario
                scenario = Scenario(rest.split())
            elif word == "pod":
                scenario.pods.append(rest.split())
            elif word == "request":
                scenario.requests.append(Request(rest))
            elif word == "header":
                scenario.requests[-1].fields.append(rest)
            elif word == "set-cookie":
                scenario.requests[-1].cookies.append(rest)
    yield scenario


def split_endpoint(text):
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port)


class Client:
    """Connections of one scenario, each from its own address and port."""

    def __init__(self, listener):
        self.at = split_endpoint(listener)
        self.open = {}

    def connection(self, client):
        if client not in self.open:
            family = socket.AF_INET6 if ":" in self.at[0] else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.settimeout(TIMEOUT_S)
            sock.bind(split_endpoint(client))
            sock.connect(self.at)
            self.open[client] = sock, sock.makefile("rb")
        return self.open[client]

    def ask(self, request):
        sock, file = self.connection(request.client)
        lines = [f"GET {request.target} HTTP/1.1", "Host: a", *request.fields, "", ""]
        sock.sendall("\r\n".join(lines).encode("latin-1"))
        status, fields, body = read_response(file)
        pod = json.loads(body)["pod"] if status == 200 else status
        return pod, [value for name, value in fields if name == "set-cookie"]

    def close(self):
        for sock, file in self.open.values():
            file.close()
            sock.close()


def replay(scenario, counts):
    client = Client(scenario.listener)
    for request in scenario.requests:
        wanted = scenario.pods[request.pod][0], request.cookies
        got = client.ask(request)
        counts[scenario.key, "requests"] += 1
        counts[scenario.key, "cookies made"] += len(got[1])
        if got == wanted:
            continue
        counts[scenario.key, "wrong"] += 1
        if sum(n for (_, what), n in counts.items() if what == "wrong") <= SHOWN_MAX:
            print(scenario.name, request.client, request.target, request.fields, got,
                  "expected", wanted)
    client.close()


def main():
    verb, path = sys.argv[1:]
    if verb == "manifest":
        for scenario in read_decisions(path):
            print(*scenario.manifest(), sep="\n")
        return 0
    counts = Counter()
    for scenario in read_decisions(path):
        counts[scenario.key, "scenarios"] += 1
        replay(scenario, counts)
    for key in sorted({key for key, _ in counts}):
        print(key, *(f"{counts[key, what]} {what}" for what in (
            "scenarios", "requests", "cookies made", "wrong")), sep=", ")
    return 1 if any(what == "wrong" for _, what in counts) else 0


sys.exit(main())
