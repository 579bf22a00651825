#!/usr/bin/env python3
"""Drives the pages of a running node through a headless Chromium.

    PISCES_URL=http://127.0.0.1:7117 PISCES_TICKET=… Tests/BrowserTests/run.py [NAME…]

PISCES_URL      where the node serves; it must run on this machine, with a process sensor
PISCES_TICKET   a one-time sign-in ticket, as in the link that `pisces console` prints
PISCES_PICTURES  folder for the pictures (default: dist/pages)

Ends with "N passed, M failed, K skipped"; the exit code is 1 when one failed.
"""

import os
import pathlib
import subprocess
import sys
import traceback

from chromium import BrowserError, Chromium

ROWS = "document.querySelectorAll('.rows-body .row').length"
ACTIVE = "document.activeElement"
# How wide the document is, and when that is too wide, what is to blame for it.
WIDTH = """(() => {
    const wide = document.documentElement.scrollWidth;
    if (wide <= innerWidth) return '';
    const over = [...document.body.querySelectorAll('*')]
        .map((one) => [one, one.getBoundingClientRect().right])
        .filter(([, right]) => right > innerWidth + 0.5)
        .map(([one, right]) => `${one.tagName}.${one.className} to ${Math.round(right)}`);
    return `${wide} wide at ${innerWidth}: ${over.slice(0, 40).join(', ')}`;
})()"""


class Skipped(Exception):
    """What the node does not offer, so that it cannot be tried."""


class Pages:
    """The tests, in order: each starts from the state of the page the last one left signed in."""

    def __init__(self, page, base: str, ticket: str, pictures: pathlib.Path):
        self.page, self.base, self.ticket, self.pictures = page, base, ticket, pictures

    def open(self, hash_: str, ready: str) -> None:
        self.page.evaluate("document.activeElement.blur()")
        self.page.evaluate(f"location.hash = {hash_!r}")
        self.page.wait(ready)

    def read(self, path: str):
        return self.page.evaluate(f"fetch({path!r}).then((answer) => answer.json())")

    def expect(self, condition, what: str) -> None:
        if not condition:
            raise AssertionError(what)

    def without_a_session_the_page_asks_to_sign_in(self):
        self.page.go(self.base + "/")
        self.page.wait("document.querySelector('.sign-in')", "the sign-in card")
        text = self.page.evaluate("document.querySelector('.sign-in').innerText")
        self.expect("pisces console" in text, f"the card names the command: {text}")
        self.expect(not self.page.evaluate(ROWS), "no rows without a session")

    def the_link_signs_in_and_the_table_fills(self):
        self.page.go(f"{self.base}/console?ticket={self.ticket}")
        self.page.wait(f"{ROWS} > 0", "rows of the first type")
        self.page.wait("document.getElementById('pulse').dataset.state === 'live'")

    def every_type_of_the_graph_is_listed_with_its_role(self):
        types = {one["name"]: one["data"]["role"]
                 for one in self.read("/v1/resources/type?all=true&limit=1000")["items"]}
        shown = set(self.page.evaluate(
            "[...document.querySelectorAll('a.type')].map((one) => one.dataset.type)"))
        self.expect(shown == set(types), f"{sorted(shown)} are not {sorted(types)}")
        groups = self.page.evaluate("document.querySelectorAll('.types .group').length")
        self.expect(groups == len(set(types.values())), f"{groups} groups")

    def a_table_has_the_columns_of_its_type(self):
        kinds = {one["name"]: one for one in
                 self.read("/v1/resources/type?all=true&limit=1000")["items"]}
        self.open("#/t/process", f"{ROWS} > 0 && document.querySelector('[data-sort=created]')")
        shown = self.page.evaluate(
            "[...document.querySelectorAll('.head [data-sort]')].map((one) => one.dataset.sort)")
        wanted = [one for one in kinds["process"]["data"]["columns"] if one != "name"]
        self.expect([one for one in shown if one in wanted] == wanted, f"{shown} lacks {wanted}")

    def heads_and_cells_stand_in_one_line(self):
        crooked = self.page.evaluate(
            "(() => { const x = (row) => [...row.children].map((cell) => "
            "Math.round(cell.getBoundingClientRect().left)); "
            "const head = x(document.querySelector('.row.head')).join(); "
            "return [...document.querySelectorAll('.rows-body .row')]"
            ".filter((row) => x(row).join() !== head).length })()")
        self.expect(crooked == 0, f"{crooked} rows are out of line")

    def only_what_is_on_the_screen_is_in_the_document(self):
        self.page.wait("document.querySelector('[role=grid]').ariaRowCount > 1")
        self.expect(self.page.evaluate(ROWS) < 120, "the table is not virtual")

    def the_keyboard_alone_reaches_a_resource_and_comes_back(self):
        self.open("#/t/process", f"{ROWS} > 2")
        self.page.press("g")
        self.expect(self.page.evaluate(f"{ACTIVE}.matches('.rows')"), "g goes to the table")
        self.page.press("ArrowDown", "ArrowDown")
        self.page.wait("document.querySelector('#current-row').ariaRowIndex >= 3")
        name = self.page.evaluate("document.querySelector('#current-row .name').textContent")
        self.page.press("Enter")
        self.page.wait("document.querySelector('.detail h1')", "the detail page")
        title = self.page.evaluate("document.querySelector('.detail h1').innerText")
        self.expect(name in title, f"{title!r} is not of {name!r}")
        self.page.press("Escape")
        self.page.wait(f"location.hash.startsWith('#/t/process') && {ROWS} > 2", "the table again")

    def tab_reaches_every_part_and_shows_where_it_is(self):
        seen = set()
        self.page.evaluate("document.activeElement.blur()")
        for _ in range(60):
            self.page.press("Tab")
            seen.add(self.page.evaluate(
                f"(() => {{ const e = {ACTIVE}; const s = getComputedStyle(e); "
                "return (e.id || e.className || e.tagName) "
                "+ (s.outlineStyle === 'none' ? ' without an outline' : '') })()"))
        for part in ("jump", "clock", "theme", "filter"):
            self.expect(part in seen, f"Tab does not reach {part}: {sorted(seen)}")
        blind = [one for one in seen if "without" in one and "BODY" not in one]
        self.expect(not blind, f"no outline on {blind}")

    def a_filter_narrows_the_table(self):
        items = self.read("/v1/resources/process?all=true&limit=1000")["items"]
        name = items[0]["name"]
        self.open("#/t/process", f"{ROWS} > 0")
        self.page.press("f")
        self.page.type(f"name = '{name}'")
        self.page.press("Enter")
        self.page.wait(f"{ROWS} === 1 && document.querySelector('.rows-body .name').textContent"
                       f" === {name!r}", "the one row")

    def a_wrong_filter_shows_the_refusal_of_the_node(self):
        self.open("#/t/process?where=memory%20%26%203",
                  "document.querySelector('.filter-error span')")
        text = self.page.evaluate("document.querySelector('.filter-error').innerText")
        self.expect(text.strip(), "the refusal has no words")
        self.expect(self.page.evaluate("document.getElementById('filter').ariaInvalid") == "true",
                    "the field is not marked")
        if "column" in text:
            self.expect("^" in self.page.evaluate(
                "document.querySelector('.filter-error').textContent"), "no mark at the column")
        self.picture("filter-error")

    def a_new_process_appears_and_vanishes_without_a_reload(self):
        self.open("#/t/process", f"{ROWS} > 0 && document.getElementById('pulse').dataset.state"
                  " === 'live'")
        child = subprocess.Popen(["sleep", "60"])
        row = f"[...document.querySelectorAll('.name')].some((one) => one.title === '{child.pid}')"
        try:
            # The newest are at the top of the table by descending age.
            self.open("#/t/process?sort=-created", f"{ROWS} > 0")
            self.page.wait(row, f"process {child.pid} in the table")
        finally:
            child.kill()
            child.wait()
        self.page.wait(f"!{row}", f"process {child.pid} gone from the table")

    def the_palette_jumps_to_an_address(self):
        item = self.read("/v1/resources/process?all=true&limit=1000")["items"][0]
        self.page.press("/")
        self.page.wait("document.querySelector('dialog.palette')")
        self.page.type(f"{item['namespace']}/process/{item['name']}".replace("//", "/"))
        self.page.wait(f"[...document.querySelectorAll('.option-label')].some((one) => "
                       f"one.textContent === 'process/{item['name']}')", "the address offered")
        self.page.press("Enter")
        self.page.wait(f"location.hash.startsWith('#/r/{item['id']}')", "the resource")
        self.page.wait("document.querySelector('.detail h1')")

    def resource_with_history(self) -> str:
        entries = []
        for log in ("machine", "fleet"):
            tail = self.read(f"/v1/log?log={log}&from=1&limit=1")["tail"]
            start = max(1, tail - 400)
            entries += self.read(f"/v1/log?log={log}&from={start}&limit=400")["entries"]
        changed = {one["id"] for entry in entries for one in entry["commands"]
                   if one["action"] != "create" and one.get("id")}
        for identity in list(changed)[:60]:
            history = self.read(f"/v1/history/{identity}")
            if len(history.get("versions", [])) > 1:
                return identity
        raise Skipped("no resource of this node has two versions yet")

    def the_history_slider_moves_through_the_versions(self):
        identity = self.resource_with_history()
        self.open(f"#/r/{identity}", "document.querySelector('.version-range')")
        self.page.wait("document.querySelector('.version-range').max > 0")
        before = self.page.evaluate("document.querySelector('.version-caption').innerText")
        self.page.evaluate("document.querySelector('.version-range').focus()")
        self.page.press("Home")
        self.page.wait("document.querySelector('.version-range').value === '0'")
        first = self.page.evaluate("document.querySelector('.version-caption').innerText")
        self.expect(first != before, f"the caption stayed {first}")
        self.page.evaluate("document.activeElement.blur()")
        self.page.press("]")
        self.page.wait("document.querySelector('.version-range').value === '1'")
        self.page.wait("document.querySelector('.diff, .diff-note')", "the difference")
        self.picture("detail")

    def the_past_is_marked_and_n_returns_to_now(self):
        self.open("#/t/process", f"{ROWS} > 0")
        self.page.press("t")
        self.page.type("-1s")
        self.page.press("Enter")
        self.page.wait("document.documentElement.hasAttribute('data-past')")
        self.page.wait(f"{ROWS} > 0", "rows of the past")
        band = self.page.evaluate("document.querySelector('.past').innerText")
        self.expect("looking at the past" in band, band)
        self.picture("past")
        self.page.evaluate("document.activeElement.blur()")
        self.page.press("n")
        self.page.wait("!document.documentElement.hasAttribute('data-past')")

    def the_log_follows_and_pauses(self):
        self.open("#/log", f"{ROWS} > 0")
        self.page.press("p")
        self.page.wait("document.querySelector('.filter .button').ariaPressed === 'true'")
        subprocess.run(["true"], check=True)
        self.page.press("p")
        self.page.wait("document.querySelector('.filter .button').ariaPressed === 'false'")
        self.expect(self.page.evaluate("document.querySelector('a.command[href]') !== null"),
                    "commands lead to their resources")

    def the_sensors_page_shows_each_with_its_contract(self):
        sensors = self.read("/v1/sensors")["items"]
        self.open("#/sensors", "document.querySelector('.contract')")
        text = self.page.evaluate("document.getElementById('main').innerText")
        for one in sensors:
            self.expect(one["name"] in text, f"{one['name']} is not on the page")

    def the_status_page_shows_logs_and_drivers(self):
        status = self.read("/v1/status")
        self.open("#/status", "document.querySelector('.figures')")
        text = self.page.evaluate("document.getElementById('main').innerText")
        for name in [log["mount"] for log in status["logs"]] + [
                one["name"] for one in status["drivers"]]:
            self.expect(name in text, f"{name} is not on the page")

    def the_apps_page_shows_what_runs_and_what_it_says(self):
        apps = self.read("/v1/apps")["items"]
        if not apps:
            raise Skipped("no app is installed on this node")
        self.open("#/apps", "document.querySelector('.app')")
        text = self.page.evaluate("document.getElementById('main').innerText")
        tasks = [one for app in apps for part in app["components"] for one in part["replicas"]]
        for name in [app["app"] for app in apps] + [one["task"] for one in tasks]:
            self.expect(name in text, f"{name} is not on the page")
        ready = self.page.evaluate(
            "[...document.querySelectorAll('.app .state.ok')].map((one) => one.innerText)")
        wanted = [one for one in tasks if one["ready"]]
        self.expect(ready.count("ready") == len(wanted) > 0, f"{ready}, not {len(wanted)}")
        name = wanted[0]["task"]
        self.page.evaluate(f"document.querySelector('[data-logs={name}]').click()")
        self.page.wait("document.querySelector('.lines')?.innerText.trim().length > 0",
                       "lines of the first task")
        self.picture("apps-logs")
        self.page.press("Escape")
        self.page.wait("!document.querySelector('dialog')", "the sheet is closed")

    def a_task_without_a_place_says_why(self):
        apps = self.read("/v1/apps")["items"]
        waiting = [one for one in apps if one["waits"]]
        if not waiting:
            raise Skipped("every app of this node has what it needs")
        self.open("#/apps", "document.querySelector('.reasons li')")
        text = self.page.evaluate(
            f"document.querySelector('[data-app={waiting[0]['app']}] .reasons').innerText")
        self.expect("a place for" in text and "needs" in text, f"no reason in {text!r}")
        self.picture("apps-waiting")

    def every_page_has_its_picture_in_both_schemes_and_widths(self):
        views = (("table", "#/t/process", ".rows:not(.log-rows) .rows-body .row"),
                 ("apps", "#/apps", ".app, .empty"), ("log", "#/log", ".log-rows .rows-body .row"),
                 ("sensors", "#/sensors", ".contract"), ("status", "#/status", ".figures"))
        for width, height in ((1280, 800), (390, 844)):
            for scheme in ("light", "dark"):
                self.page.size(width, height, scheme)
                for name, hash_, drawn in views:
                    self.open(hash_, f"document.querySelector({drawn!r})")
                    wide = self.page.evaluate(WIDTH)
                    self.expect(not wide, f"{name} is {wide}")
                    self.picture(f"{name}-{width}-{scheme}")
        self.page.size(1280, 800)

    def no_request_leaves_the_node_and_nothing_is_thrown(self):
        outside = [one for one in self.page.requests
                   if not one.startswith((self.base + "/", "data:", "blob:", "about:"))]
        self.expect(not outside, f"requests elsewhere: {outside}")
        # The refusals that the tests provoke are the only errors.
        thrown = [one for one in self.page.errors if " 401 " not in one and " 400 " not in one]
        self.expect(not thrown, f"errors: {thrown}")

    def picture(self, name: str) -> None:
        self.page.picture(self.pictures / f"{name}.png")


def main() -> int:
    try:
        base, ticket = os.environ["PISCES_URL"].rstrip("/"), os.environ["PISCES_TICKET"]
    except KeyError:
        print(__doc__, file=sys.stderr)
        return 2
    pictures = pathlib.Path(os.environ.get("PISCES_PICTURES", "dist/pages"))
    names = [name for name, test in vars(Pages).items()
             if callable(test) and not name.startswith("_") and name.count("_") > 2]
    wanted = sys.argv[1:]
    passed, failed, skipped = 0, 0, 0
    browser = Chromium()
    try:
        browser.page.size(1280, 800)
        pages = Pages(browser.page, base, ticket, pictures)
        for name in names:
            needed = name.startswith(("without", "the_link"))
            if wanted and name not in wanted and not needed:
                continue
            try:
                getattr(pages, name)()
                passed += 1
                print(f"ok    {name}")
            except Skipped as reason:
                skipped += 1
                print(f"skip  {name}: {reason}")
            except (AssertionError, BrowserError, KeyError, TypeError) as error:
                failed += 1
                print(f"FAIL  {name}: {error}")
                if not isinstance(error, (AssertionError, BrowserError)):
                    traceback.print_exc()
    finally:
        browser.close()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
