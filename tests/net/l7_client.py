#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients of the HTTP tests that write what they want to, byte by byte.

  l7_client.py ask ADDRESS PORT LINES...
      one request for each of VALUES, with LINES (a request line without its version,
      then fields); {} in them is the value, \\t a tab. Prints each one's pod.
  l7_client.py raw ADDRESS PORT [SECONDS]
      sends stdin, prints all that comes until the end (or for so long)
  l7_client.py values TEMPLATE
      the template for each of VALUES

FROM=ADDRESS or ADDRESS,PORT in the environment: whose connection it is.
BEFORE=TEXT: sent in front of each request, as \\xNN or \\r\\n say.
"""
import json
import os
import socket
import sys

VALUES = ["alice", "bob", "c4fe", "d" * 40, "e.f-g_h~", "4711", "Zo", "q", "user-8",
          "n1n3", "x10", "last"]
TIMEOUT_S = 20


def unescape(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


def connect(address, port):
    source = os.environ.get("FROM")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(TIMEOUT_S)
    if source:
        ip, _, source_port = source.partition(",")
        sock.bind((ip, int(source_port or 0)))
    sock.connect((address, int(port)))
    return sock


def read_response(file):
    """Status, fields, body of one response that has a length."""
    status = int(file.readline().split()[1])
    fields = []
    while (line := file.readline().decode("latin-1").rstrip("\r\n")):
        name, _, value = line.partition(": ")
        fields.append((name.lower(), value))
    length = int(dict(fields).get("content-length", 0))
    return status, fields, file.read(length)


def ask(address, port, lines):
    lines = [line.replace("\\t", "\t") for line in lines]
    before = unescape(os.environ.get("BEFORE", ""))
    for value in VALUES:
        request, *fields = [line.replace("{}", value) for line in lines]
        text = "\r\n".join([request + " HTTP/1.1", "Host: a", *fields, "", ""])
        with connect(address, port) as sock, sock.makefile("rb") as file:
            sock.sendall(before + text.encode("latin-1"))
            status, _, body = read_response(file)
        print(json.loads(body)["pod"] if status == 200 else status)


def raw(address, port, seconds):
    with connect(address, port) as sock:
        sock.settimeout(float(seconds))
        sock.sendall(sys.stdin.buffer.read())
        try:
            while data := sock.recv(65536):
                sys.stdout.buffer.write(data)
        except TimeoutError:
            print("(still open)")
        except ConnectionResetError:
            print("(reset)")


def main():
    verb, *words = sys.argv[1:]
    if verb == "ask":
        ask(words[0], words[1], words[2:])
    elif verb == "raw":
        raw(words[0], words[1], words[2] if len(words) > 2 else TIMEOUT_S)
    else:
        for value in VALUES:
            print(words[0].replace("{}", value))


if __name__ == "__main__":
    main()
