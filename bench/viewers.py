"""Viewers without a browser: `python -m bench.viewers PORT HOW_MANY`, until standard input ends.

Each keeps a Socket.IO connection (plain WebSocket) and, when told of a revision, reads the board
again over a keep-alive connection as assets/live.js does: one read at a time, and one more if told
meanwhile. Prints a line when all are connected, another with what they did at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from simple_websocket import AioClient, ConnectionClosed  # type: ignore[import-untyped]

#: The session's cookie, ``name=value``: of somebody signed in.
COOKIE = os.environ.get("BENCH_COOKIE", "")


class Viewer:
    """One board somewhere else in the bank."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._told = asyncio.Event()
        self._etag = ""
        self.heard = self.reads = 0

    async def connect(self) -> None:
        """Open the socket, as the page does."""
        address = f"ws://127.0.0.1:{self._port}/socket.io/?EIO=4&transport=websocket"
        # This client names its host without the port; the page it says it comes from is the same.
        headers = {"Cookie": COOKIE, "Origin": "http://127.0.0.1"}
        self._socket = await AioClient.connect(address, headers=headers)
        # Socket.IO: join the default namespace. Engine.IO's opening is not waited for: where it
        # comes with the handshake's last bytes, this client shows it only when more follows.
        await self._socket.send("40")
        while not str(await self._socket.receive()).startswith("40"):
            pass
        self._told.set()

    async def listen(self) -> None:
        """Hear revisions and answer pings."""
        while True:
            text = str(await self._socket.receive())
            if text == "2":
                await self._socket.send("3")
            elif text.startswith("42"):
                self.heard += 1
                self._told.set()

    async def read(self) -> None:
        """Read the board whenever told; a connection that the server closed is opened again."""
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            with contextlib.suppress(EOFError, ConnectionError):
                while await self._told.wait():
                    await self._read_once(reader, writer)
            self._told.set()
            writer.close()

    async def _read_once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._told.clear()
        writer.write(
            f"GET /live/board HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Cookie: {COOKIE}\r\nAccept-Encoding: gzip\r\n{self._etag}\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        await reader.readexactly(int(fields.get("content-length", "0")))
        self._etag = f"If-None-Match: {fields['etag']}\r\n"
        self.reads += 1


async def _watch(port: int, how_many: int) -> None:
    viewers = [Viewer(port) for _ in range(how_many)]
    for start in range(0, how_many, 20):
        await asyncio.gather(*(viewer.connect() for viewer in viewers[start : start + 20]))
    tasks = [asyncio.create_task(work()) for v in viewers for work in (v.listen, v.read)]
    print("all connected", flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    lost = sum(1 for e in ended if isinstance(e, ConnectionClosed | OSError | EOFError))
    heard, reads = sum(v.heard for v in viewers), sum(v.reads for v in viewers)
    print(f"{how_many} {lost} {heard} {reads}", flush=True)


def main() -> None:
    asyncio.run(_watch(int(sys.argv[1]), int(sys.argv[2])))


if __name__ == "__main__":
    main()
