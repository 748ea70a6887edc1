#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A pod that speaks HTTP/1.1: answers each request with its own name.

usage: trouble_pod.py ADDRESS PORT NAME

/slow takes 50 ms, so that requests are under way when the pod dies; /big is 1 MiB; what
a request's body holds is counted in the answer. Says "ready" when it listens."""
import asyncio
import sys

SLOW_S = 0.05


class Pod(asyncio.Protocol):
    name = b""

    def connection_made(self, transport):
        self.transport = transport
        self.input = bytearray()
        self.body_left = None
        self.body_len = 0
        self.path = b""

    def data_received(self, data):
        self.input += data
        while self.take_head() and self.take_body():
            self.answer()

    def take_head(self):
        if self.body_left is not None:
            return True
        end = self.input.find(b"\r\n\r\n")
        if end < 0:
            return False
        lines = bytes(self.input[:end]).split(b"\r\n")
        del self.input[:end + 4]
        self.path = lines[0].split(b" ")[1]
        fields = dict(line.lower().split(b":", 1) for line in lines[1:])
        self.body_len = self.body_left = int(fields.get(b"content-length", 0))
        return True

    def take_body(self):
        taken = min(self.body_left, len(self.input))
        del self.input[:taken]
        self.body_left -= taken
        return not self.body_left

    def answer(self):
        body = b"%s %d\n" % (self.name, self.body_len)
        self.body_left = None
        if self.path.startswith(b"/big"):
            body = body.ljust(1 << 20, b".")
        response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        if self.path.startswith(b"/slow"):
            asyncio.get_running_loop().call_later(SLOW_S, self.transport.write, response)
        else:
            self.transport.write(response)


async def main(address, port, name):
    Pod.name = name.encode()
    server = await asyncio.get_running_loop().create_server(
        Pod, address, int(port), backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
