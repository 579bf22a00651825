"""An invitation as somebody changes it who knows the format: well formed, with a checksum that is right.

invitation.py secret TEXT: another secret. invitation.py address TEXT HOST:PORT: another place to ask."""

import hashlib
import sys

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
PREFIX = "pisces-join-"


def decode(text):
    letters = text.strip().lower().removeprefix(PREFIX).replace("-", "")
    bits = "".join(f"{ALPHABET.index(letter):05b}" for letter in letters)
    data = bytes(int(bits[at:at + 8], 2) for at in range(0, len(bits) - 7, 8))
    body, checksum = data[:-4], data[-4:]
    assert checksum == check(body), "the invitation is read wrong"
    return body


def check(body):
    return hashlib.sha256(b"pisces invitation 1\0" + body).digest()[:4]


def encode(body):
    data = body + check(body)
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    letters = "".join(ALPHABET[int(bits[at:at + 5], 2)] for at in range(0, len(bits), 5))
    return PREFIX + "-".join(letters[at:at + 8] for at in range(0, len(letters), 8))


def main():
    what, body = sys.argv[1], decode(sys.argv[2])
    # A list of seven: format 2, 16 bytes of identity, 16 bytes of secret, 16 bytes of authority, end (8 bytes), addresses,
    # keys of machines.
    assert body[:3] == b"\x87\x02\x50" and body[19] == body[36] == 0x50 and body[53] == 0x1b, "another format"
    if what == "secret":
        body = body[:20] + bytes(byte ^ 0x55 for byte in body[20:36]) + body[36:]
    else:
        # A list of one short text.
        address, length = sys.argv[3].encode(), body[63] - 0x60
        assert body[62] == 0x81 and 0 < length < 24 and len(address) < 24, "another format"
        body = body[:63] + bytes([0x60 + len(address)]) + address + body[64 + length:]
    print(encode(body))


main()
