#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""HTTP ends for the tests of the helper.

  http_peer.py pod NAME ADDRESS PORT
      a pod: answers its name and a newline; a path of /sleep/SECONDS first sleeps
  http_peer.py load ADDRESS PORT THREADS FILE
      requests, each on a connection of its own, until FILE is gone; then prints
      "ANSWERED answered BROKEN broken", and what broke first
  http_peer.py hold ADDRESS PORT COUNT
      that many connections, kept alive; for each line of stdin a request on every one;
      prints "ANSWERED answered BROKEN broken"; broken ones stay broken
  http_peer.py sockets [ADDRESS:PORT]... -- COMMAND...
      make listening sockets as systemd hands them over, then become COMMAND
"""
import http.server
import os
import socket
import sys
import threading
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\nCookie: sid=hold\r\n\r\n"


class Pod(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/sleep/"):
            time.sleep(float(self.path.split("/")[2]))
        body = (self.server.pod_name + "\n").encode()
        head = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.wfile.write(head.encode() + body)

    def log_message(self, *_):
        pass


class PodServer(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True
    pod_name = ""


def pod(name, address, port):
    PodServer.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = PodServer((address, int(port)), Pod)
    server.pod_name = name
    print("ready", flush=True)
    server.serve_forever()


def ask(connection):
    """Whether the answer is whole."""
    connection.sendall(REQUEST)
    got = b""
    while not got.endswith(b"\n") or b"\r\n\r\n" not in got or got.endswith(b"\r\n\r\n"):
        more = connection.recv(65536)
        if not more:
            raise OSError("closed after %d bytes" % len(got))
        got += more
    if not got.startswith(b"HTTP/1.1 200 "):
        raise OSError("answered " + got.split(b"\r\n")[0].decode())


def connect(address, port):
    connection = socket.create_connection((address, int(port)), timeout=20)
    connection.settimeout(20)
    return connection


class Load:
    def __init__(self, address, port):
        self.at = (address, port)
        self.ends = False
        self.answered = 0
        self.broken = []

    def run(self):
        while not self.ends:
            try:
                with connect(*self.at) as connection:
                    ask(connection)
                self.answered += 1
            except OSError as error:
                self.broken.append(str(error))


def load(address, port, threads, file):
    loads = [Load(address, port) for _ in range(int(threads))]
    running = [threading.Thread(target=one.run) for one in loads]
    for thread in running:
        thread.start()
    while os.path.exists(file):
        time.sleep(0.05)
    for one in loads:
        one.ends = True
    for thread in running:
        thread.join()
    broken = [text for one in loads for text in one.broken]
    print(sum(one.answered for one in loads), "answered", len(broken), "broken", *broken[:1])


def hold(address, port, count):
    connections = [connect(address, port) for _ in range(int(count))]
    for connection in connections:
        ask(connection)
    print("ready", flush=True)
    for _ in sys.stdin:
        left = []
        for connection in connections:
            try:
                ask(connection)
                left.append(connection)
            except OSError:
                connection.close()
        broken = len(connections) - len(left)
        connections = left
        print(len(left), "answered", broken, "broken", flush=True)


def sockets(*words):
    at, command = words[: words.index("--")], words[words.index("--") + 1 :]
    made = []
    for text in at:
        address, port = text.rsplit(":", 1)
        made.append(socket.create_server((address, int(port)), backlog=128))
    for number, one in enumerate(made):
        os.dup2(one.fileno(), 3 + number)
        os.set_inheritable(3 + number, True)
    os.environ["LISTEN_FDS"] = str(len(made))
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.execvp(command[0], command)


if __name__ == "__main__":
    {"pod": pod, "load": load, "hold": hold, "sockets": sockets}[sys.argv[1]](*sys.argv[2:])
