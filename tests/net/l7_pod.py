#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Pods of the HTTP tests: one server on every address of the namespace.

  l7_pod.py PORT

It tells what it was asked as JSON: who it is (the address that was connected to), the
request's first line, its fields in order, length and SHA-256 of its body, the number of
this connection and of the request on it. Paths that do something else:

  /status/N          an answer of that status, without a body for 204 and 304
  /bytes/N           N bytes with their length and X-Sha256
  /chunked/N         the same in chunks of odd sizes, X-Sha256 as a trailer
  /until-close/N     the same until the connection ends
  /old/N             the same as HTTP/1.0 has it
  /hints             103 before the answer
  /refuse            413 before the body is read, then closed
  /wait/MS           the answer after a time
  /slow-read         the body is read in small pieces
  /die               the connection ends without an answer
  /die-body          it ends in the middle of one
"""
import asyncio
import hashlib
import itertools
import json
import socket
import sys

BLOCK = 65536
connections = itertools.count(1)


def pattern(total):
    """Bytes that never repeat at another place, in blocks."""
    for at in range(0, total, BLOCK):
        block = b"%015d\n" % at * (BLOCK // 16)
        yield block[: min(BLOCK, total - at)]


def pattern_sha256(total):
    sha = hashlib.sha256()
    for block in pattern(total):
        sha.update(block)
    return sha.hexdigest()


class Request:
    def __init__(self, line, fields):
        self.line = line
        self.method, self.target, self.version = line.split(" ")
        self.fields = fields
        self.path = self.target.split("?")[0]

    def get(self, name):
        return next((v for n, v in self.fields if n.lower() == name), None)


async def read_head(reader):
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    return Request(lines[0], [line.split(": ", 1) for line in lines[1:]])


async def read_chunks(reader):
    while size := int((await reader.readline()).split(b";")[0], 16):
        while size:
            data = await reader.read(min(size, BLOCK))
            if not data:
                raise ConnectionError("chunk cut")
            size -= len(data)
            yield data
        await reader.readline()
    while (await reader.readline()) != b"\r\n":
        pass


async def read_body(reader, request):
    if request.get("transfer-encoding") == "chunked":
        async for data in read_chunks(reader):
            yield data
    left = int(request.get("content-length") or 0)
    while left:
        data = await reader.read(min(left, BLOCK))
        if not data:
            raise ConnectionError("body cut")
        left -= len(data)
        yield data


def head(status, *fields):
    lines = ["HTTP/1.1 %d Status" % status, *fields, "", ""]
    return "\r\n".join(lines).encode()


class Connection:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.number, self.count = next(connections), 0
        address, port = writer.get_extra_info("sockname")[:2]
        address = address.removeprefix("::ffff:")
        self.name = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def answer_echo(self, request, length, sha256):
        body = json.dumps({
            "pod": self.name,
            "line": request.line,
            "fields": request.fields,
            "length": length,
            "sha256": sha256,
            "connection": self.number,
            "request": self.count,
        }).encode()
        fields = ["Content-Length: %d" % len(body), "X-Pod: " + self.name]
        if request.path == "/hints":
            await self.send(head(103, "Link: </style.css>; rel=preload"))
        if request.path == "/hop":
            fields += ["Connection: X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5",
                       "X-End: 1"]
        if request.method == "HEAD":
            body = b""
        await self.send(head(200, *fields) + body)

    async def answer_status(self, status):
        if status in (204, 304):
            await self.send(head(status, "X-Pod: " + self.name))
        else:
            await self.send(head(status, "Content-Length: 3", "X-Pod: " + self.name)
                            + b"ok\n")

    async def answer_bytes(self, total, is_head):
        await self.send(head(200, "Content-Length: %d" % total,
                             "X-Sha256: " + pattern_sha256(total)))
        for block in pattern(0 if is_head else total):
            await self.send(block)

    async def answer_chunked(self, total):
        await self.send(head(200, "Transfer-Encoding: chunked", "Trailer: X-Sha256"))
        for number, block in enumerate(pattern(total)):
            for part in (block[:number % 100], block[number % 100:]):
                if part:
                    await self.send(b"%x;n=%d\r\n%b\r\n" % (len(part), number, part))
        await self.send(b"0\r\nX-Sha256: %b\r\n\r\n" % pattern_sha256(total).encode())

    async def answer_until_close(self, total, version):
        await self.send(head(200, "X-Sha256: " + pattern_sha256(total)).replace(
            b"HTTP/1.1", version))
        for block in pattern(total):
            await self.send(block)

    async def expect_continue(self, request):
        if request.get("expect") == "100-continue":
            await self.send(head(100))

    async def body_take(self, request):
        length, sha = 0, hashlib.sha256()
        async for data in read_body(self.reader, request):
            length += len(data)
            sha.update(data)
            if request.path == "/slow-read":
                await asyncio.sleep(0.002)
        return length, sha.hexdigest()

    async def serve_one(self):
        """Returns whether the connection goes on."""
        request = await read_head(self.reader)
        self.count += 1
        _, word, *rest = request.path.split("/")
        if word == "refuse":
            await self.send(head(413, "Content-Length: 0", "Connection: close"))
            return False
        if word == "die":
            return False
        await self.expect_continue(request)
        length, sha256 = await self.body_take(request)
        number = int(rest[0]) if rest and rest[0].isdigit() else 0
        if word == "wait":
            await asyncio.sleep(number / 1000)
        if word == "die-body":
            await self.send(head(200, "Content-Length: 1000") + b"cut")
            return False
        if word == "status":
            await self.answer_status(number)
        elif word == "bytes":
            await self.answer_bytes(number, request.method == "HEAD")
        elif word == "chunked":
            await self.answer_chunked(number)
        elif word in ("until-close", "old"):
            await self.answer_until_close(
                number, b"HTTP/1.0" if word == "old" else b"HTTP/1.1")
            return False
        else:
            await self.answer_echo(request, length, sha256)
        return True

    async def serve(self):
        try:
            while await self.serve_one():
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        self.writer.close()


async def main(port):
    listener = socket.create_server(
        ("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024)
    server = await asyncio.start_server(
        lambda *ends: Connection(*ends).serve(), sock=listener, limit=1 << 20)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main(sys.argv[1]))
