"""What guests say to each other on a wire of qemu (frames as datagrams to a group on loopback), for some seconds.

wire.py GROUP:PORT SECONDS WORDS UDPPORT prints `clear` when a frame has the words in it, `tunnel` when one goes to the UDP port.
"""

import socket
import struct
import sys
import time

group, seconds, words, port = sys.argv[1], float(sys.argv[2]), sys.argv[3].encode(), int(sys.argv[4])
host, number = group.rsplit(":", 1)
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
wire.bind((host, int(number)))
wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                struct.pack("4s4s", socket.inet_aton(host), socket.inet_aton("127.0.0.1")))
found, frames, end = set(), 0, time.monotonic() + seconds
while (left := end - time.monotonic()) > 0:
    wire.settimeout(left)
    try:
        frame = wire.recv(65536)
    except TimeoutError:
        break
    frames += 1
    if words in frame:
        found.add("clear")
    if len(frame) > 38 and frame[12:14] == b"\x08\x00" and frame[23] == 17:
        header = 14 + (frame[14] & 15) * 4
        if int.from_bytes(frame[header + 2:header + 4], "big") == port:
            found.add("tunnel")
print(" ".join(sorted(found)) if frames else "nothing")
