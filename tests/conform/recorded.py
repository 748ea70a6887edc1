# SPDX-License-Identifier: BSD-2-Clause
"""Decisions of an Envoy that are kept in tests/data, as scenarios, requests and answers."""
from scenario import POD_COOKIE, Answer, Key, Request, Scenario, endpoint


def host_port(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def key_of(words):
    kind, *rest = words
    names = ["name", "ttl", "path"]
    key = Key(kind, **dict(zip(names, rest)))
    key.attributes = [[*word.partition("=")[::2]] for word in rest[len(names):]]
    return key


def scenario_of(words):
    name, listener, algorithm, size, *key = words
    return Scenario(name, *host_port(listener), algorithm, int(size), key_of(key), [])


def has_key(key, request):
    """Whether the key is there at all, in any form."""
    if key.kind == "query":
        return key.name in request.target
    return any(key.name in (name.lower() if key.kind == "header" else value)
               for name, value in request.headers)


class Reader:
    """Reads line by line; what belongs to a request follows it."""

    def __init__(self):
        self.scenarios, self.requests, self.answers = [], [], []

    def line(self, kind, words):
        getattr(self, kind.replace("-", "_"))(words)

    def scenario(self, words):
        self.scenarios.append(scenario_of(words.split(" ")))

    def pod(self, words):
        at, weight = words.split(" ")
        self.scenarios[-1].pods.append([*host_port(at), int(weight)])

    def request(self, words):
        client, pod, *target = words.split(" ", 2)
        self.requests.append(Request(len(self.scenarios) - 1, [*host_port(client)],
                                     *target))
        self.answers.append(Answer(200, endpoint(*self.scenarios[-1].pods[int(pod)][:2]),
                                   [POD_COOKIE]))

    def header(self, words):
        self.requests[-1].headers.append(words.split(": ", 1))

    def set_cookie(self, words):
        self.answers[-1].cookies.append(words)


def read(path):
    """Returns scenarios, requests and answers."""
    reader = Reader()
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                reader.line(*line.rstrip("\n").split(" ", 1))
    for request, answer in zip(reader.requests, reader.answers):
        scenario = reader.scenarios[request.scenario]
        answer.any = not scenario.has_hash and not has_key(scenario.key, request)
    return reader.scenarios, reader.requests, reader.answers
