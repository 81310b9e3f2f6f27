"""A line with latency: ``python -m bench.relay PORT HOST PORT SECONDS`` holds each byte back
for half of SECONDS, either way.

It stands in for netem, which not every kernel has. TCP's own handshake takes a round trip too; its
slow start does not see the latency, which spares whoever sends much.
"""

from __future__ import annotations

import asyncio
import sys

BLOCK = 1 << 16


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Read at once and write ``delay`` seconds later, so that the line holds as much as it would."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def take() -> None:
        block = b"-"
        while block:
            block = await reader.read(BLOCK)
            under_way.put_nowait((loop.time() + delay, block))

    taking = asyncio.create_task(take())
    try:
        while True:
            due, block = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not block:
                break
            writer.write(block)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    finally:
        await asyncio.gather(taking, return_exceptions=True)


async def _serve(listen: int, host: str, port: int, round_trip: float) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip)
        far_reader, far_writer = await asyncio.open_connection(host, port)
        half = round_trip / 2
        await asyncio.gather(
            _pass_on(reader, far_writer, half), _pass_on(far_reader, writer, half), return_exceptions=True
        )
        for each in (writer, far_writer):
            each.close()

    async with await asyncio.start_server(serve, "127.0.0.1", listen) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
