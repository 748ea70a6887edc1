# SPDX-License-Identifier: BSD-2-Clause
"""Requests to a proxy in this network namespace, byte for byte, and its answers."""
import dataclasses
import socket
import struct

from scenario import Answer

TWIN = "x-conform-twin"  # asks Envoy's route with the same policy and many pods
TIMEOUT_S = 20


class Connection:
    """One to a scenario's listener, from an address and port that are told."""

    def __init__(self, scenario, request):
        is_v6 = ":" in scenario.ip
        self.socket = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Closed by a reset: the same port may come again at once.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.bind((request.client[0], request.client[1]))
        self.socket.connect((scenario.ip, scenario.port))
        if request.proxy:
            self.socket.sendall(bytes.fromhex(request.proxy))
        self.input = b""
        self.is_open = True

    def close(self):
        self.socket.close()

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed in the middle of a response")
        self.input += data

    def ask(self, message):
        """Send a request; returns status, headers and body."""
        self.socket.sendall(message)
        while b"\r\n\r\n" not in self.input:
            self.more()
        head, self.input = self.input.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in
                   (line.partition(":") for line in lines[1:])]
        length = int(dict(headers).get("content-length", 0))
        while len(self.input) < length:
            self.more()
        body, self.input = self.input[:length], self.input[length:]
        self.is_open = ("connection", "close") not in headers
        return int(lines[0].split(" ")[1]), headers, body.decode("latin-1")


def message(request, extra=()):
    """UTF-8 as it is: a header may hold bytes above ASCII."""
    lines = [f"GET {request.target} HTTP/1.1", "Host: shop.example"]
    lines += [f"{name}: {value}" for name, value in [*request.headers, *extra]]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer_of(connection, request, extra=()):
    status, headers, body = connection.ask(message(request, extra))
    return Answer(status, body.strip() if status == 200 else "",
                  [value for name, value in headers if name == "set-cookie"])


class Player:
    """Keeps the connection while the same client asks the same scenario again."""

    def __init__(self, scenarios):
        self.scenarios = scenarios
        self.connection, self.whose = None, None

    def connect(self, request):
        whose = (request.scenario, request.client, request.proxy)
        if self.connection and self.whose == whose and self.connection.is_open:
            return
        if self.connection:
            self.connection.close()
        self.connection = Connection(self.scenarios[request.scenario], request)
        self.whose = whose

    def play(self, request):
        self.connect(request)
        try:
            return answer_of(self.connection, request)
        except OSError as error:
            self.whose = None
            return Answer(0, str(error), [])

    def is_random(self, request, times=3):
        """Whether the proxy found nothing to hash: asked again it takes another of many."""
        answers = []
        for _ in range(times):
            self.connect(request)
            answers.append(answer_of(self.connection, request, [(TWIN, "1")]).pod)
        return len(set(answers)) > 1


def play(scenarios, requests, finds_random):
    player = Player(scenarios)
    for request in requests:
        answer = player.play(request)
        if (finds_random and answer.status == 200 and request.value is None and
                not scenarios[request.scenario].has_hash):
            answer = dataclasses.replace(answer, any=player.is_random(request))
        yield answer
