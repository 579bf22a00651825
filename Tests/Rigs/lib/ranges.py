#!/usr/bin/env python3
"""Serves one file in parts (RFC 9110, section 14) and goes away after so many answers.

    ranges.py FILE ANSWERS [REPORT]    prints its port; REPORT gets one line "start count" an answer
"""

import http.server
import os
import re
import sys


def main() -> None:
    path, left = sys.argv[1], int(sys.argv[2])
    report = open(sys.argv[3] if len(sys.argv) > 3 else os.devnull, "a", buffering=1)
    body = open(path, "rb").read()

    class Parts(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            nonlocal left
            if left == 0:
                os._exit(0)
            left -= 1
            found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
            start, end = (int(found[1]), int(found[2]) + 1) if found else (0, len(body))
            part = body[start:end]
            self.send_response(206 if part else 416)
            self.send_header("etag", '"one"')
            self.send_header("content-length", str(len(part)))
            if part:
                last = start + len(part) - 1
                self.send_header("content-range", f"bytes {start}-{last}/{len(body)}")
            self.end_headers()
            self.wfile.write(part)
            report.write(f"{start} {len(part)}\n")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Parts)
    print(server.server_port, flush=True)
    server.serve_forever()


main()
