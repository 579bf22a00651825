"""Sends a node what it must refuse, and reads what it says."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

PISCES, SCRATCH = os.environ["PISCES"], pathlib.Path(os.environ["SCRATCH"])
passed = failed = 0


def check(good, what, detail=""):
    global passed, failed
    if good:
        passed += 1
        print(f"ok: {what}", flush=True)
    else:
        failed += 1
        print(f"FAILED: {what}: {str(detail)[:400]}", flush=True)


def cli(state, *arguments, under=()):
    return subprocess.run([*under, PISCES, *arguments, "--state", str(state)],
                          capture_output=True, text=True, timeout=30)


class Node:
    def __init__(self, name, under=(), state=None):
        self.state, self.under = state or SCRATCH / name, list(under)
        self.process = None

    def up(self, wait=10):
        self.log = open(SCRATCH / "nodes.log", "a+b")
        start = self.log.seek(0, 2)
        self.process = subprocess.Popen(
            [*self.under, PISCES, "up", "--state", str(self.state), "--listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + wait
        while time.monotonic() < end and self.process.poll() is None:
            if cli(self.state, "status").returncode == 0:
                address = json.loads((self.state / "endpoints.json").read_text())["api"]
                self.host, port = address.removeprefix("http://").split(":")
                self.port = int(port)
                return True
            time.sleep(0.02)
        self.process.poll()
        self.log.seek(start)
        self.said = self.log.read().decode(errors="replace")
        return False

    def down(self, kill=False):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def token(self, *options):
        made = cli(self.state, "token", *options)
        return made.stdout.strip()

    def ask(self, method, path, body=None, token=None, headers=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        head = dict(headers or {})
        if token:
            head["Authorization"] = f"Bearer {token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        try:
            connection.request(method, path, body, head)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Refused before it was sent whole: the answer is there all the same.
        try:
            answer = connection.getresponse()
            text = answer.read()
        except (ConnectionResetError, http.client.HTTPException) as error:
            return 0, f"no answer: {error!r}"
        connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode(errors="replace")

    def raw(self, data, wait=3.0):
        """Sends bytes and gives all that comes until the peer closes or is still."""
        with socket.create_connection((self.host, self.port), 5) as peer:
            peer.settimeout(wait)
            got = b""
            try:
                peer.sendall(data)
            except OSError:
                pass
            try:
                while piece := peer.recv(65536):
                    got += piece
            except OSError:
                pass
            return got


def app(name, components=None, **more):
    return {"create": {"type": "app", "name": name,
                       "data": {"version": "1", "components": components or {}}, **more}}


def batch(*commands):
    return {"commands": list(commands)}


def refused(node, token, what, body, status, *words, path="/v1/commands"):
    got, answer = node.ask("POST", path, body, token)
    wanted = status if isinstance(status, tuple) else (status,)
    text = json.dumps(answer)
    good = got in wanted and isinstance(answer, dict) and "detail" in answer
    check(good and all(word in text for word in words), f"{what} is refused with {wanted[0]}",
          f"got {got} {answer}; wanted {words}")
    return answer


def bodies(node, token):
    nested = '{"commands":[{"create":{"type":"app","name":"deep","data":{"version":"1",' \
        '"components":' + '{"a":' * 5000 + "1" + "}" * 5000 + "}}}]}"
    refused(node, token, "a repeated key", '{"commands":[],"commands":[]}', 400, "repeated")
    refused(node, token, "deep nesting", nested, 400)
    refused(node, token, "NaN", '{"commands":[{"create":{"type":"app","name":"n","data":'
            '{"version":"1","components":{"x":NaN}}}}]}', 400, "column")
    refused(node, token, "1e999", '{"commands":[{"create":{"type":"app","name":"n","data":'
            '{"version":"1","components":{"x":1e999}}}}]}', 400)
    refused(node, token, "2^64", '{"commands":[{"create":{"type":"app","name":"n","data":'
            '{"version":"1","components":{"x":18446744073709551616}}}}]}', 400)
    refused(node, token, "invalid UTF-8", b'{"reason":"\xff\xc0\x80","commands":[]}', 400, "UTF-8")
    refused(node, token, "a lone surrogate", '{"reason":"\\ud800","commands":[]}', 400)
    refused(node, token, "an overlong form", b'{"reason":"\xc0\xaf","commands":[]}', 400)
    for text in ("", "[]", "null", "{", '{"commands":{}}', '{"commands":[]}', '{"commands":[7]}',
                 '{"comands":[]}', '{"commands":[]} x'):
        refused(node, token, f"the body {text!r}", text, (400, 422))
    big = 2**53 + 1
    for value in (big, 2**63 - 1, -2**63, 2**31, 2**32):
        name = f"i{value}"
        status, answer = node.ask("POST", "/v1/commands", batch(app(name, {"x": value})), token)
        check(status == 200, f"{value} is taken", answer)
        _, answer = node.ask("GET", f"/v1/resources/app/{name}", None, token)
        got = answer.get("data", {}).get("components", {}).get("x") if isinstance(answer, dict) else answer
        check(got == value and isinstance(got, int), f"{value} is kept exactly", got)
        _, answer = node.ask("GET", f"/v1/resources/app/{name}?int64=string", None, token)
        got = answer.get("data", {}).get("components", {}).get("x") if isinstance(answer, dict) else answer
        wanted = str(value) if abs(value) > 2**53 else value
        check(got == wanted, f"{value} with int64=string is {wanted!r}", repr(got))


def nouns(node, token):
    refused(node, token, "an unknown type", batch({"create": {"type": "ap", "name": "x"}}), 422,
            "did you mean app")
    got = cli(node.state, "get", "proces")
    check(got.returncode == 1 and "process" in got.stderr, "get of an unknown type names the nearest",
          got.stderr)
    refused(node, token, "an unknown field", batch({"create": {
        "type": "app", "name": "x", "data": {"versio": "1"}}}), 422, "did you mean version")
    refused(node, token, "a missing field", batch({"create": {
        "type": "app", "name": "x", "data": {"version": "1"}}}), 422, "components")
    refused(node, token, "a field of the wrong kind", batch({"create": {
        "type": "app", "name": "x", "data": {"version": 1, "components": {}}}}), 422, "version")
    refused(node, token, "an unknown relation", batch(app("x", links={"OF": []})), 422, "OF")
    refused(node, token, "an owner that is not there", batch(
        app("orphan", owner="01M7YDJQJC10682GGSF3Y64GME")), (404, 409, 422))
    refused(node, token, "a type written by others", batch({"create": {
        "type": "task", "name": "x"}}), 403, "rollout")
    status, made = node.ask("POST", "/v1/commands", batch(app("revised")), token)
    revision = made["results"][0]["revision"]
    answer = refused(node, token, "a wrong expected revision", batch({"update": {
        "type": "app", "name": "revised", "expect": revision + 900,
        "data": {"version": "2"}}}), 409)
    check(isinstance(answer, dict) and answer.get("current") == revision,
          "the answer carries the current revision", answer)
    got = cli(node.state, "delete", "app/revised", "--expect", str(revision + 900))
    check(got.returncode == 1 and str(revision) in got.stderr,
          "delete --expect names the current revision", got.stderr)
    refused(node, token, "a name that is taken", batch(app("revised")), 409)
    refused(node, token, "a delete of nothing", batch({"delete": {"type": "app", "name": "none"}}), 404)
    refused(node, token, "a batch for two logs", batch(
        app("a1"), app("a2", namespace=f"/machines/{node.machine}")), 422, "two logs")
    for what, name in (("NUL", "a\0b"), ("a bidi control", "a\u202eb"), ("64 KiB", "x" * 65536),
                       ("a newline", "a\nb"), ("nothing", "")):
        answer = refused(node, token, f"a name of {what}", batch(app(name)), 422)
        check(len(json.dumps(answer)) < 4096, f"the refusal of {what} is short")
        if not name:
            continue
        got = subprocess.run([PISCES, "get", f"app/{name}".replace("\0", "\\0"),
                              "--state", str(node.state)], capture_output=True, text=True)
        check(got.returncode in (1, 2, 3) and "\u202e" not in got.stderr and "\n\n" not in got.stderr,
              f"the CLI refuses a name of {what}", (got.returncode, got.stderr[:200]))
    refused(node, token, "a command over 1 MiB", batch(app("big", {"x": "y" * (1 << 20)})), 413, "1048576")
    refused(node, token, "a command of 2 MiB", batch(app("big", {"x": "y" * (2 << 20)})), 413, "1048576")
    refused(node, token, "a request of 5 MiB", batch(app("big", {"x": "y" * (5 << 20)})), 413, "4194304")
    refused(node, token, "10,001 commands", batch(*[app(f"m{i}") for i in range(10001)]), (413, 422), "10000")
    before = node.ask("GET", "/v1/status", None, token)[1]["logs"][0]["position"]
    status, answer = node.ask("POST", "/v1/commands?dry-run", batch(app("dry")), token)
    check(status == 200 and answer.get("dryRun") is True, "a dry run answers", answer)
    check(node.ask("GET", "/v1/resources/app/dry", None, token)[0] == 404, "a dry run creates nothing")
    after = node.ask("GET", "/v1/status", None, token)[1]["logs"][0]["position"]
    check(before == after, "a dry run and refusals leave the log alone", (before, after))
    refused(node, token, "a dry run of what is wrong", batch({"create": {
        "type": "app", "name": "x", "data": {"versio": "1"}}}), 422, path="/v1/commands?dry-run")
    code, answer = node.ask("GET", "/v1/resources/app?where=x", None, token)
    check(code == 422 and "column" in str(answer), "a wrong filter is refused with 422", (code, answer))
    for where, word in (("pid%20=%20", "column"), ("pidd%20=%201", "did you mean")):
        status, answer = node.ask("GET", f"/v1/resources/process?where={where}", None, token)
        check(status in (400, 422) and word in json.dumps(answer), f"the filter {where} is refused", answer)


def rights(node, token):
    def asks(what, secret, wanted, path="/v1/resources/app", body=None):
        method = "GET" if body is None else "POST"
        status, answer = node.ask(method, path, body, secret)
        check(status == wanted, f"{what} gets {wanted}", (status, answer))

    asks("no token", None, 401)
    asks("no token that writes", None, 401, "/v1/commands", batch(app("x")))
    asks("a malformed token", "x", 401)
    asks("a token of 60 KiB", "pisces_" + "A" * 8000, 401)
    asks("an unknown token", "pisces_" + "A" * 64, 401)
    status, _ = node.ask("GET", "/v1/resources/app", None, None, {"Authorization": "Basic eDp5"})
    check(status == 401, "basic credentials get 401", status)
    read = node.token("--scope", "read")
    asks("a read token that reads", read, 200)
    asks("a read token that writes", read, 403, "/v1/commands", batch(app("readonly")))
    asks("a read token that stops the node", read, 403, "/v1/down", {"now": True})
    asks("a read token that makes tokens", read, 403, "/v1/tokens", {"scope": "write"})
    asks("a wrong prefix that writes", node.token("--scope", "write", "--prefix", "/elsewhere"),
         403, "/v1/commands", batch(app("elsewhere")))
    elsewhere = node.token("--prefix", "/elsewhere")
    status, answer = node.ask("GET", "/v1/resources/app?all=true", None, elsewhere)
    check(status == 403 or (status == 200 and not answer["items"]),
          "a list shows nothing outside the prefix", (status, answer))
    for path in ("/v1/resources/app/revised", "/v1/log?log=fleet&from=1"):
        status, answer = node.ask("GET", path, None, elsewhere)
        check(status in (403, 404), f"{path} outside the prefix is refused", (status, str(answer)[:200]))
    short = node.token("--lifetime", "1s")
    asks("a token of a second", short, 200)
    time.sleep(1.2)
    asks("an expired token", short, 401)
    made = cli(node.state, "token", "--name", "revoked")
    asks("a token to be revoked", made.stdout.strip(), 200)
    gone = cli(node.state, "delete", "token/revoked")
    check(gone.returncode == 0, "delete of a token", gone.stderr)
    asks("a revoked token", made.stdout.strip(), 401)
    other = Node("other")
    if other.up():
        asks("a token of another node", other.token("--scope", "write"), 401)
    other.down()
    asks("the token that was good before", token, 200)


def wires(node, token):
    status, answer = node.ask("DELETE", "/v1/status", None, token)
    check(status in (400, 405) and "GET" in json.dumps(answer), "a wrong method names the right one", answer)
    check(node.ask("GET", "/v1/nope", None, token)[0] == 404, "an unknown path gets 404")
    check(node.ask("GET", "/v1/resources/app/%zz", None, token)[0] == 400, "a broken escape gets 400")
    check(node.ask("GET", "/v1/resources/app/%ff", None, token)[0] in (400, 422), "an escape that is not UTF-8 gets 400")
    check(node.ask("GET", "/../../../etc/passwd", None, token)[0] in (400, 404), "no way out of the pages")
    auth = f"Host: x\r\nAuthorization: Bearer {token}\r\n"
    one = f"GET /v1/version HTTP/1.1\r\n{auth}\r\n"
    last = f"GET /v1/resources/type/app HTTP/1.1\r\n{auth}Connection: close\r\n\r\n"
    got = node.raw((one + last).encode())
    check(got.count(b"HTTP/1.1 200") == 2 and got.find(b'"version"') < got.find(b'"writer"'),
          "two pipelined requests are answered in order", got[:300])
    with socket.create_connection((node.host, node.port), 5) as peer:
        for byte in last.encode():
            peer.sendall(bytes([byte]))
            time.sleep(0.002)
        peer.settimeout(5)
        check(peer.recv(12) == b"HTTP/1.1 200", "a request byte by byte is answered")
    got = node.raw(f"GET /v1/version HTTP/1.1\r\n{auth}X: {'y' * 200000}\r\n\r\n".encode())
    check(b"HTTP/1.1 431" in got[:20] or b"HTTP/1.1 400" in got[:20], "a header of 200 KB is refused", got[:200])
    for garbage in (b"\0" * 100, b"\x16\x03\x01\x02\0\x01\0", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                    b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                    b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
        got = node.raw(garbage, 2.0)
        check(b" 200 " not in got[:20], f"{garbage[:30]!r} is not taken", got[:100])
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        codes = list(pool.map(lambda _: node.ask("GET", "/v1/resources/type/app", None, token)[0], range(100)))
    check(codes == [200] * 100, "100 connections are answered", sorted(set(codes)))
    held = [socket.create_connection((node.host, node.port), 5) for _ in range(100)]
    check(node.ask("GET", "/v1/version", None, token)[0] == 200, "100 idle connections are in nobody's way")
    for one in held:
        one.close()
    check(node.process.poll() is None, "the node still runs")


def routes(node, token):
    """Wrong methods and parameters, on every route that the node's own document names."""
    paths = node.ask("GET", "/v1/openapi.json", None, token)[1]["paths"]
    wrong = {}
    for path, methods in paths.items():
        allowed = sorted(method.upper() for method in methods)
        connection = http.client.HTTPConnection(node.host, node.port, timeout=10)
        connection.request("PATCH", path.replace("{", "").replace("}", ""), None,
                           {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        text = answer.read()
        got = sorted((answer.getheader("Allow") or "").split(", "))
        if answer.status != 405 or got != allowed or b"remedy" not in text:
            wrong[path] = (answer.status, got, text)
        connection.close()
    check(len(paths) > 15 and not wrong, "another method gets 405 and the ones to use", wrong)
    wrong = {}
    for path, methods in paths.items():
        for method in methods:
            if path == "/v1/down":
                continue  # Were the parameter let through, there would be no node to go on with.
            place = path.replace("{type}", "app").replace("{", "").replace("}", "")
            code, answer = node.ask(method.upper(), place + "?limitt=1", "", token)
            if code != 400 or answer.get("field") != "limitt":
                wrong[path] = (code, answer)
    check(not wrong, "an unknown parameter gets 400 and is named", wrong)
    code, answer = node.ask("GET", "/v1/resources/app?wher=x", None, token)
    check(answer.get("remedy") == "did you mean where?", "the nearest parameter is named", answer)
    for path in ("/v1/log", "/v1/resources/app"):
        for limit in ("-1", "0", "x", "-9223372036854775808", "9223372036854775808"):
            code, answer = node.ask("GET", f"{path}?limit={limit}", None, token)
            check(code == 400 and "number from 1" in str(answer), f"{path} with limit {limit} gets 400",
                  (code, answer))
    code, answer = node.ask("GET", f"/v1/log?from={2**64 - 1}&limit={2**63 - 1}", None, token)
    check(code == 200 and answer["entries"] == [], "a position far ahead has no entries", (code, answer))
    check(node.process.poll() is None, "the node still runs")


def events(node, token, query, until, seconds=5):
    """Events of a subscription until one satisfies."""
    connection = http.client.HTTPConnection(node.host, node.port, timeout=seconds)
    connection.request("GET", f"/v1/subscribe?{query}", None, {"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    found, kind = [], ""
    try:
        while line := answer.readline().decode().rstrip():
            while line:
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:"):
                    found.append((kind, json.loads(line[5:])))
                line = answer.readline().decode().rstrip()
            if found and until(found):
                break
    except (OSError, ValueError):
        pass
    connection.close()
    return answer.status, found


def streams(node, token):
    _, found = events(node, token, "type=app&from=snapshot", lambda all: all[-1][0] == "bookmark")
    marks = [data["bookmark"] for kind, data in found if kind == "bookmark"]
    if not marks:
        check(False, "a snapshot ends with a bookmark", found[-2:])
        return
    for name in ("s1", "s2", "s3"):
        node.ask("POST", "/v1/commands", batch(app(name)), token)
    names = lambda all: [row["resource"]["name"] for kind, data in all if kind == "changes"
                         for row in data["rows"]]
    _, found = events(node, token, f"type=app&from={marks[-1]}", lambda all: "s3" in names(all))
    check(names(found) == ["s1", "s2", "s3"], "a bookmark resumes with what came after, once", found)
    status, _ = events(node, token, "type=app&from=rubbish", lambda _: True)
    check(status == 400, "a broken bookmark gets 400", status)
    status, _ = events(node, token, "type=nope", lambda _: True)
    check(status in (400, 404, 422), "a subscription of an unknown type is refused", status)


def disks():
    # Read-only, in a way that root cannot pass either.
    state = SCRATCH / "readonly"
    state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", state]).returncode == 0
    try:
        node = Node("", state=state / "node")
        check(mounted and not node.up() and node.process.returncode == 1 and str(state) in node.said,
              "a read-only state directory is refused and named", getattr(node, "said", "it started"))
        node.down()
    finally:
        subprocess.run(["umount", state])
    state = SCRATCH / "foreign"
    state.mkdir(mode=0o700)
    node = Node("", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], state)
    readable = os.access(PISCES, os.X_OK)
    check(readable and not node.up() and node.process.returncode == 1 and str(state) in node.said,
          "a state directory of someone else is refused and named", getattr(node, "said", "it started"))
    node.down()
    full()


def full():
    state = SCRATCH / "full"
    state.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", state]).returncode:
        check(False, "a small file system can be mounted")
        return
    node = Node("", state=state / "node")
    try:
        check(node.up(), "a node on 96 MiB starts", getattr(node, "said", ""))
        token = node.token("--scope", "write")
        node.ask("POST", "/v1/commands", batch(app("before")), token)
        with open(state / "filler", "wb", 0) as filler:
            try:
                while filler.write(b"x" * 65536):
                    pass
            except OSError:
                pass
        status, answer, good = 200, None, []
        for i in range(400):
            status, answer = node.ask("POST", "/v1/commands", batch(app(f"f{i}", {"x": "y" * 200000})), token)
            if status != 200:
                break
            good.append(f"f{i}")
        check(status == 507, "a full disk refuses writes with 507", (status, answer, len(good)))
        check(node.ask("GET", "/v1/resources/app/before", None, token)[0] == 200, "reads go on when it is full")
        check("warnings" in (one := node.ask("GET", "/v1/status", None, token)[1]) and one["warnings"],
              "status warns of the full disk", one.get("warnings"))
        (state / "filler").unlink()
        end, status = time.monotonic() + 10, 0
        while time.monotonic() < end and status != 200:
            status, answer = node.ask("POST", "/v1/commands", batch(app("after")), token)
            time.sleep(0.1)
        check(status == 200, "writes resume when there is room", (status, answer))
        lost = [name for name in good if node.ask("GET", f"/v1/resources/app/{name}", None, token)[0] != 200]
        check(not lost, "what was acknowledged is there", lost)
        proof = cli(node.state, "log", "verify")
        check(proof.returncode == 0, "log verify after a full disk", proof.stdout + proof.stderr)
    except (OSError, http.client.HTTPException) as error:
        check(False, "the node answers on a full disk", f"{error!r}, exit {node.process.poll()}")
    finally:
        node.down()
        check(node.process.returncode == 0, "it ends cleanly", node.process.returncode)
        subprocess.run(["umount", "-l", state])


def damage(node, token):
    """Damages copies of the log of a stopped node; `node` is stopped here."""
    for i in range(30):
        node.ask("POST", "/v1/commands", batch(app(f"d{i}", {"x": "z" * 500})), token)
    node.down()
    logs = sorted((one for one in (node.state / "fleet").rglob("*") if one.is_file()),
                  key=lambda one: -one.stat().st_size)
    segment = next(one for one in logs if b"zzzzzzzz" in one.read_bytes())
    data = segment.read_bytes()
    first, last = data.find(b"z" * 100), data.rfind(b"z" * 100)
    ways = {"a flipped byte in the middle": lambda b: b[:first + 9] + bytes([b[first + 9] ^ 1]) + b[first + 10:],
            "a log cut in the middle": lambda b: b[:(first + last) // 2],
            "an empty log file": lambda b: b"",
            "zeroes in the middle": lambda b: b[:first] + bytes(4096) + b[first + 4096:]}
    for what, change in ways.items():
        copy = SCRATCH / "damaged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(node.state, copy, ignore=shutil.ignore_patterns("pisces.sock", "oci"))
        target = copy / segment.relative_to(node.state)
        target.write_bytes(change(data))
        hurt = Node("damaged")
        started = hurt.up()
        said = getattr(hurt, "said", "")
        if started:
            proof = cli(copy, "log", "verify")
            status = json.loads(cli(copy, "status", "-o", "json").stdout)
            said = status["logs"][0]["state"]
            check(status["warnings"], f"{what}: status warns", status["warnings"])
            check(proof.returncode == 1 and target.name in proof.stdout + proof.stderr,
                  f"{what}: log verify fails and names the place", proof.stdout + proof.stderr)
            code, answer = hurt.ask("POST", "/v1/commands", batch(app("late")), token)
            check(code not in (200, 401), f"{what}: nothing is written after it", (code, answer))
        hurt.down()
        check(target.name in said and "offset" in said,
              f"{what} is found at the start, and its place named", said)


def ports(node):
    got = subprocess.run([PISCES, "up", "--state", str(SCRATCH / "taken"), "--listen",
                          f"127.0.0.1:{node.port}"], capture_output=True, text=True, timeout=20)
    check(got.returncode == 1 and str(node.port) in got.stderr and "--listen" in got.stderr,
          "a port in use is refused with a remedy", got.stderr)
    for listen in ("127.0.0.1:99999", "nonsense", "192.0.2.1:0"):
        try:
            got = subprocess.run([PISCES, "up", "--state", str(SCRATCH / "taken2"), "--listen", listen],
                                 capture_output=True, text=True, timeout=30)
            check(got.returncode in (1, 2) and got.stderr, f"--listen {listen} is refused", got.stderr)
        except subprocess.TimeoutExpired:
            check(False, f"--listen {listen} is refused", "it started")


def main():
    node = Node("node")
    check(node.up(), "a node starts", getattr(node, "said", ""))
    try:
        token = node.token("--scope", "write")
        node.machine = node.ask("GET", "/v1/status", None, token)[1]["node"]["name"]
        for part in (bodies, nouns, rights, wires, routes, streams):
            try:
                part(node, token)
            except (OSError, http.client.HTTPException, KeyError, TypeError, AttributeError) as error:
                check(False, f"{part.__name__} goes through", repr(error))
        ports(node)
        disks()
        damage(node, token)
    finally:
        node.down()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
