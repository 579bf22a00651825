"""A headless Chromium driven through its DevTools protocol, by the standard library alone."""

import base64
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse

DEADLINE = 20.0


class BrowserError(Exception):
    """What the browser refused, or did not do in time."""


class WebSocket:
    """The client's half of RFC 6455, as far as DevTools needs it: text frames, pings, close."""

    def __init__(self, url: str):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), DEADLINE)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self._receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise BrowserError(f"no upgrade: {head[:80]!r}")

    def _receive(self) -> bytes:
        data = self.socket.recv(1 << 16)
        if not data:
            raise BrowserError("the browser closed the connection")
        return data

    def _take(self, length: int) -> bytes:
        while len(self.buffer) < length:
            self.buffer += self._receive()
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        return taken

    def send(self, payload: bytes, opcode: int = 1) -> None:
        mask = os.urandom(4)
        length = len(payload)
        if length < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        elif length < 1 << 16:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def receive(self, timeout: float) -> str | None:
        """The next text message, or None when none came in time."""
        message = b""
        self.socket.settimeout(timeout)
        if not self.buffer:
            try:
                self.buffer += self._receive()
            except TimeoutError:
                return None
        self.socket.settimeout(DEADLINE)
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._take(8))
            payload = self._take(length)
            if first & 0x0F == 9:
                self.send(payload, 10)
                continue
            if first & 0x0F == 8:
                raise BrowserError("the browser closed the page")
            message += payload
            if first & 0x80:
                return message.decode()


class Chromium:
    """One browser process with one page."""

    def __init__(self):
        program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which(
            "chromium-browser") or shutil.which("google-chrome")
        if not program:
            raise BrowserError("no Chromium: install the package chromium, or set CHROMIUM")
        self.profile = pathlib.Path(tempfile.mkdtemp(prefix="pisces-browser-"))
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={self.profile}",
             "--remote-debugging-port=0", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.page = Page(self._page_socket())

    def _page_socket(self) -> WebSocket:
        port_file = self.profile / "DevToolsActivePort"
        ends = time.monotonic() + DEADLINE
        while time.monotonic() < ends:
            if self.process.poll() is not None:
                raise BrowserError(f"Chromium ended with {self.process.returncode}")
            try:
                port = int(port_file.read_text().splitlines()[0])
                for target in self._targets(port):
                    if target["type"] == "page":
                        return WebSocket(target["webSocketDebuggerUrl"])
            except (FileNotFoundError, IndexError, ConnectionError):
                pass
            time.sleep(0.05)
        raise BrowserError("Chromium did not open its debugging port")

    @staticmethod
    def _targets(port: int) -> list:
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        connection.request("GET", "/json/list")
        return json.loads(connection.getresponse().read())

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    """A page: go, evaluate, press, wait for a condition, take a picture."""

    def __init__(self, web_socket: WebSocket):
        self.web_socket = web_socket
        self.number = 0
        self.requests: list[str] = []
        self.errors: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params):
        self.number += 1
        self.web_socket.send(
            json.dumps({"id": self.number, "method": method, "params": params}).encode())
        ends = time.monotonic() + DEADLINE
        while time.monotonic() < ends:
            message = self._next(ends - time.monotonic())
            if message and message.get("id") == self.number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}")
                return message["result"]
        raise BrowserError(f"{method}: no answer in {DEADLINE} s")

    def _next(self, timeout: float):
        text = self.web_socket.receive(max(0.01, timeout))
        if text is None:
            return None
        message = json.loads(text)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        elif message.get("method") == "Runtime.exceptionThrown":
            details = message["params"]["exceptionDetails"]
            thrown = details.get("exception", {}).get("description", "")
            self.errors.append(f"{details['text']} {thrown}")
        elif message.get("method") == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["level"] == "error":
                self.errors.append(f"{entry['text']} {entry.get('url', '')}")
        return message

    def go(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def evaluate(self, expression: str):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait(self, condition: str, what: str | None = None, seconds: float = DEADLINE):
        """Evaluates until the condition holds; gives its value."""
        ends = time.monotonic() + seconds
        plain = f"(() => {{ const v = ({condition}); return v instanceof Node ? true : v }})()"
        while time.monotonic() < ends:
            try:
                value = self.evaluate(plain)
            except BrowserError as error:
                if "navigat" not in str(error) and "context" not in str(error):
                    raise
                value = None
            if value:
                return value
            self._next(0.05)
        raise BrowserError(f"not in {seconds} s: {what or condition}")

    CODES = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "ArrowDown": (40, ""),
             "ArrowUp": (38, ""), "ArrowLeft": (37, ""), "ArrowRight": (39, ""),
             "Home": (36, ""), "End": (35, ""), "PageDown": (34, "")}

    def press(self, *keys: str) -> None:
        for key in keys:
            code, text = self.CODES.get(key, (0, key))
            shared = {"key": key, "windowsVirtualKeyCode": code}
            down = "keyDown" if text else "rawKeyDown"
            self.call("Input.dispatchKeyEvent", type=down, text=text, **shared)
            self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def size(self, width: int, height: int, scheme: str = "light") -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: pathlib.Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        answer = self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(answer["data"]))
