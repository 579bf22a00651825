"""Passes connections on to a port of this host and counts the bytes that the callers send: meter.py PORT FOLDER.

FOLDER/port has its own port, FOLDER/bytes what was sent so far.
"""
import asyncio
import os
import sys

target, folder = int(sys.argv[1]), sys.argv[2]
sent = 0


def put(name, number):
    with open(f"{folder}/{name}.new", "w", encoding="ascii") as file:
        file.write(f"{number}\n")
    os.rename(f"{folder}/{name}.new", f"{folder}/{name}")


async def pump(reader, writer, counts):
    global sent
    try:
        while data := await reader.read(1 << 16):
            if counts:
                sent += len(data)
                put("bytes", sent)
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except (OSError, RuntimeError):
        # One side is gone: the other shall see that.
        writer.close()


async def serve(reader, writer):
    try:
        there, back = await asyncio.open_connection("127.0.0.1", target)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, back, True), pump(there, writer, False))
    writer.close()
    back.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    put("bytes", 0)
    put("port", server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
