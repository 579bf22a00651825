"""What guests say to each other on a wire of qemu (frames as datagrams to a group on loopback), for some seconds.

wire.py says GROUP:PORT SECONDS WORDS UDPPORT prints `clear` when a frame has the words in it, `tunnel` when one goes to the
UDP port, `nothing` when there was no frame. wire.py bytes GROUP:PORT SECONDS MAC prints the bytes a second from and to one.
"""

import socket
import struct
import sys
import time


def frames(group, seconds):
    """The frames of so many seconds, as they come."""
    host, port = group.rsplit(":", 1)
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    wire.bind((host, int(port)))
    wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                    struct.pack("4s4s", socket.inet_aton(host), socket.inet_aton("127.0.0.1")))
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        wire.settimeout(left)
        try:
            yield wire.recv(65536)
        except TimeoutError:
            return


def says(group, seconds, words, port):
    found, count = set(), 0
    for frame in frames(group, seconds):
        count += 1
        if words.encode() in frame:
            found.add("clear")
        # Ethernet, version 4, UDP.
        if len(frame) > 38 and frame[12:14] == b"\x08\x00" and frame[23] == 17:
            header = 14 + (frame[14] & 15) * 4
            if int.from_bytes(frame[header + 2:header + 4], "big") == port:
                found.add("tunnel")
    return " ".join(sorted(found)) if count else "nothing"


def octets(group, seconds, address):
    mac = bytes.fromhex(address.replace(":", ""))
    return sum(len(frame) for frame in frames(group, seconds) if mac in frame[:12]) / seconds


if sys.argv[1] == "says":
    print(says(sys.argv[2], float(sys.argv[3]), sys.argv[4], int(sys.argv[5])))
else:
    print(f"{octets(sys.argv[2], float(sys.argv[3]), sys.argv[4]):.0f}")
