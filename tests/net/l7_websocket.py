#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Both ends of a WebSocket, by Debian's python3-websockets.

  l7_websocket.py serve PORT      echoes messages; "who" is answered by its address
  l7_websocket.py talk URL        messages of many sizes, pings, a close with a code
"""
import asyncio
import sys

import websockets

SIZES = [0, 1, 125, 126, 65535, 65536, 1 << 20, 3 << 20]


async def echo(socket):
    async for message in socket:
        await socket.send(socket.local_address[0] if message == "who" else message)


async def serve(port):
    async with websockets.serve(echo, "", int(port), max_size=1 << 24):
        print("ready", flush=True)
        await asyncio.Future()


async def talk(url):
    headers = {"Cookie": "n=alice"}
    async with websockets.connect(url, extra_headers=headers, max_size=1 << 24) as socket:
        for size in SIZES:
            for message in ("x" * size, bytes(size)):
                await socket.send(message)
                assert await socket.recv() == message, size
        for number in range(200):
            await socket.send(str(number))
        for number in range(200):
            assert await socket.recv() == str(number)
        await (await socket.ping())
        await socket.send("who")
        print(await socket.recv())
        await socket.close(4000, "done")
    assert socket.close_code == 4000, socket.close_code


verb, word = sys.argv[1:]
asyncio.run(serve(word) if verb == "serve" else talk(word))
