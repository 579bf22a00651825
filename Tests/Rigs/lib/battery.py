#!/usr/bin/env python3
"""A mouse with a battery, made in user space: the kernel's own driver makes a power supply of it.

Percentages are read from a pipe, one a line. include/uapi/linux/uhid.h has the events; the descriptor is of the HID
Usage Tables (Generic Device Controls, Battery Strength).
"""
import os
import select
import struct
import sys

GET_REPORT, GET_REPORT_REPLY, CREATE2, INPUT2, SET_REPORT, SET_REPORT_REPLY = 9, 10, 11, 12, 13, 14
DESCRIPTOR = bytes.fromhex(
    "05010902a1018501"  # a mouse; report 1:
    "0901a100"
    "05091901290315002501950375018102950175058101"  # three buttons
    "0501093009311581257f750895028106c0"  # two axes
    "85020506092015002664007508950181 02".replace(" ", "") + "c0"  # report 2: the strength of its battery
)


def create(device):
    head = struct.pack("<I128s64s64sHHIIII", CREATE2, b"Rig mouse", b"rig", b"rig-0001", len(DESCRIPTOR), 3,
                       0x1209, 0x0001, 1, 0)
    os.write(device, head + DESCRIPTOR.ljust(4096, b"\0"))


def report(device, percent):
    os.write(device, struct.pack("<IH", INPUT2, 2) + bytes([2, percent]).ljust(4096, b"\0"))


def answer(device, event, percent):
    kind, = struct.unpack_from("<I", event)
    if kind == GET_REPORT:
        number, which = struct.unpack_from("<IB", event, 4)
        data = bytes([which, percent if which == 2 else 0])
        os.write(device, struct.pack("<IIHH", GET_REPORT_REPLY, number, 0, len(data)) + data.ljust(4096, b"\0"))
    elif kind == SET_REPORT:
        number, = struct.unpack_from("<I", event, 4)
        os.write(device, struct.pack("<IIH", SET_REPORT_REPLY, number, 0))


def main(pipe):
    percent = 80
    if not os.path.exists(pipe):
        os.mkfifo(pipe)
    # Open for writing too, so that it does not end with whoever wrote last.
    orders = os.open(pipe, os.O_RDWR)
    device = os.open("/dev/uhid", os.O_RDWR)
    create(device)
    while True:
        for one in select.select([orders, device], [], [])[0]:
            if one == device:
                answer(device, os.read(device, 4380), percent)
                continue
            for line in os.read(orders, 4096).split():
                percent = int(line)
                report(device, percent)


main(sys.argv[1])
