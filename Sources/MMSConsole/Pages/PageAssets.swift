// swift-format-ignore-file
// Written by Scripts/pages from the files in web/. Change those, then run the script.

/// The web pages of the console as the binary serves them.
enum PageAssets {
    /// Path of the request → media type and text.
    static let all: [String: (contentType: String, body: String)] = [
        "/app.js": ("text/javascript; charset=utf-8", #"""
// The page: reads the address bar, opens the view it names, and keeps what all views share.
import { h, fill, byId, announce } from "./lib/dom.js";
import { get, whenSignedOut } from "./lib/api.js";
import { schema } from "./lib/schema.js";
import { read, hashOf, toType } from "./lib/place.js";
import { showTypes } from "./views/types.js";
import { showTime, toggle, toNow } from "./views/timebar.js";
import { openPalette, viewCommands } from "./views/palette.js";
import { BrowseView } from "./views/browse.js";
import { DetailView } from "./views/detail.js";
import { AppsView } from "./views/apps.js";
import { LogView } from "./views/log.js";
import { StatusView } from "./views/status.js";
import { SensorsView } from "./views/sensors.js";

const views = {
  browse: BrowseView, detail: DetailView, apps: AppsView, log: LogView, sensors: SensorsView,
  status: StatusView,
};
const liveTexts = {
  live: "Live", connecting: "Connecting", retrying: "Reconnecting", refused: "Stopped",
  asleep: "Asleep", past: "Past",
};
const countEvery = 30_000;
let view = null;
let shownHash = null;
let signedOut = false;

async function start() {
  whenSignedOut(signIn);
  wire();
  showTypes();
  try {
    await schema.load();
  } catch (problem) {
    if (!signedOut) offline(problem);
    return;
  }
  showTime();
  addEventListener("hashchange", (event) => show(!(event instanceof HashChangeEvent)));
  show();
  nameNode();
  count();
  setInterval(() => { if (!document.hidden && !read().at) count(); }, countEvery);
}

/// Opens the view of the address bar. Nothing is done twice for the same address.
function show(again = false) {
  const place = read();
  const hash = hashOf(place);
  if (signedOut || (hash === shownHash && !again)) return;
  if (place.view === "browse" && !place.type) {
    location.replace(toType(firstType()));
    return;
  }
  const focused = focusOf();
  shownHash = hash;
  if (!again && view instanceof views[place.view] && view.update?.(place)) {
    mark(place);
    refocus(focused);
    return;
  }
  view?.close();
  view = null;
  closeMenu();
  mark(place);
  fill(byId("main"));
  document.title = `${place.type ?? place.view} · Pisces`;
  view = new views[place.view](byId("main"), place, (state) => live(state));
  refocus(focused);
}

/// The type shown first: something observed, with the most columns of its own.
function firstType() {
  const groups = schema.groups();
  const types = (groups.find((group) => group.role === "observed") ?? groups[0])?.types ?? [];
  const most = [...types].sort((a, b) => b.columns.length - a.columns.length
    || (a.name < b.name ? -1 : 1));
  return most[0]?.name ?? "type";
}

/// A change of filter or order rebuilds the table; the keyboard stays where it was.
function focusOf() {
  const active = document.activeElement;
  if (!byId("main").contains(active)) return null;
  if (active.id) return { find: `#${active.id}`, from: active.selectionStart };
  if (active.dataset.sort) return { find: `[data-sort="${CSS.escape(active.dataset.sort)}"]` };
  if (active.matches(".rows")) return { find: ".rows" };
  return { find: null };
}

function refocus(focused) {
  if (!focused || byId("main").contains(document.activeElement)) return;
  const element = focused.find ? byId("main").querySelector(focused.find) : null;
  (element ?? byId("main")).focus({ preventScroll: true });
  if (element && focused.from !== undefined && element.setSelectionRange) {
    element.setSelectionRange(focused.from, focused.from);
  }
}

function mark(place) {
  const current = place.view === "detail" ? "browse" : place.view;
  for (const link of document.querySelectorAll(".views a")) {
    const name = link.dataset.view;
    if (name === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    const type = name === "browse" && place.type ? place.type : null;
    link.href = hashOf({ view: name, type, at: place.at });
  }
  document.documentElement.dataset.view = place.view;
}

function live(state) {
  byId("pulse").dataset.state = state;
  byId("clock").title = `${liveTexts[state]}. Choose another moment (t)`;
  if (!read().at) byId("clock-text").textContent = liveTexts[state];
}

async function nameNode() {
  try {
    const { node, logs } = await get("/v1/status");
    byId("node-name").textContent = node?.name ?? "";
    schema.meet((logs ?? []).map((log) => log.mount));
  } catch {
    // The name is an ornament; the status page says what is wrong.
  }
}

function count() {
  const place = read();
  const open = place.view === "browse" && !place.where && !place.namespace && !place.at;
  return schema.count(place.at, open ? place.type : null);
}

function signIn() {
  if (signedOut) return;
  signedOut = true;
  view?.close();
  view = null;
  document.title = "Sign in · Pisces";
  document.documentElement.dataset.view = "sign-in";
  fill(byId("main"), h("section.sign-in", { "aria-labelledby": "sign-in" },
    h("h1", { id: "sign-in" }, "Sign in"),
    h("p", null, "On the machine of this node, run"),
    h("pre.command-line", null, h("span", { "aria-hidden": "true" }, "$ "), "pisces console"),
    h("p", null, "and open the link it prints. The link works once; the session it starts "
      + "stays in this browser."),
    h("button.button", { onclick: () => location.reload() }, "I have signed in")));
}

function offline(problem) {
  fill(byId("main"), h("section.sign-in", { role: "alert" },
    h("h1", null, problem.title), h("p", null, problem.detail ?? ""),
    problem.remedy ? h("p", null, problem.remedy) : null,
    h("button.button", { onclick: () => location.reload() }, "Try again")));
  setTimeout(() => location.reload(), 5000);
}

const actions = () => [
  { label: "Return to now", kind: "time", run: toNow },
  { label: "Look at the past", kind: "time", run: () => toggle(true) },
  { label: "Change the colour scheme", kind: "page", run: changeScheme },
  { label: "Keyboard shortcuts", kind: "help", run: help },
];

const jump = () => openPalette(viewCommands(actions()));

function changeScheme() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const shown = root.dataset.theme ?? (dark ? "dark" : "light");
  root.dataset.theme = shown === "dark" ? "light" : "dark";
  localStorage.setItem("pisces.theme", root.dataset.theme);
  dispatchEvent(new Event("pisces-theme"));
  announce(`${root.dataset.theme} scheme`);
}

function openMenu() {
  const open = document.documentElement.toggleAttribute("data-menu");
  byId("menu").setAttribute("aria-expanded", String(open));
  if (open) byId("types").querySelector("[aria-current], a")?.focus();
}

function closeMenu() {
  document.documentElement.removeAttribute("data-menu");
  byId("menu").setAttribute("aria-expanded", "false");
}

const keys = [
  ["/", "Jump to a type, an address or an identity", jump],
  ["f", "Filter", () => byId("filter")?.focus()],
  ["g", "The rows of the table", () => document.querySelector(".rows")?.focus()],
  ["t", "Time travel", () => toggle()],
  ["n", "Return to now", toNow],
  ["[", "Older version", () => view?.step?.(-1)],
  ["]", "Newer version", () => view?.step?.(1)],
  ["p", "Pause the log", () => view?.pause?.()],
  ["r", "Resources", () => { location.hash = hashOf({ view: "browse", at: read().at }); }],
  ["a", "Apps", () => { location.hash = hashOf({ view: "apps", at: read().at }); }],
  ["l", "Log", () => { location.hash = hashOf({ view: "log", at: read().at }); }],
  ["e", "Sensors", () => { location.hash = hashOf({ view: "sensors", at: read().at }); }],
  ["s", "Status", () => { location.hash = hashOf({ view: "status", at: read().at }); }],
  ["?", "This list", help],
];

function help() {
  const dialog = h("dialog.sheet", { "aria-label": "Keyboard shortcuts" },
    h("header.card-head", null, h("h2", null, "Keyboard"),
      h("button.icon-button", { "aria-label": "Close", onclick: () => dialog.close() }, "×")),
    h("dl.keys", null, keys.map(([key, meaning]) =>
      h("div", null, h("dt", null, h("kbd", null, key)), h("dd", null, meaning))),
    h("div", null, h("dt", null, h("kbd", null, "↑"), h("kbd", null, "↓")),
      h("dd", null, "Move")),
    h("div", null, h("dt", null, h("kbd", null, "Enter")), h("dd", null, "Open")),
    h("div", null, h("dt", null, h("kbd", null, "Esc")), h("dd", null, "Close, go back"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function press(event) {
  if (event.defaultPrevented || event.isComposing || signedOut) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    jump();
    return;
  }
  const inField = event.target.matches?.("input:not([type=range]), select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") escape(inField, event.target);
  if (inField || event.key === "Escape") return;
  const found = keys.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
}

function escape(inField, target) {
  if (document.documentElement.hasAttribute("data-menu")) closeMenu();
  else if (inField) target.blur();
  else if (read().view === "detail") history.back();
}

function wire() {
  addEventListener("keydown", press);
  byId("jump").addEventListener("click", jump);
  byId("theme").addEventListener("click", changeScheme);
  byId("menu").addEventListener("click", openMenu);
  byId("main").addEventListener("click", closeMenu);
  // The address bar is the router's: a skip link must not change it.
  document.querySelector("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
}

start();
"""#),
        "/icon.svg": ("image/svg+xml", #"""
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <rect width="24" height="24" rx="6" fill="#0b6478"/>
  <path d="M7 5c4 4.5 4 9.5 0 14M17 5c-4 4.5-4 9.5 0 14M5.5 12h13" fill="none"
    stroke="#fff" stroke-width="1.8" stroke-linecap="round"/>
</svg>
"""#),
        "/": ("text/html; charset=utf-8", #"""
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
  <meta name="color-scheme" content="light dark">
  <meta name="referrer" content="no-referrer">
  <title>Pisces</title>
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/style.css">
  <link rel="stylesheet" href="/views.css">
  <script src="/theme.js"></script>
  <script type="module" src="/app.js"></script>
</head>
<body>
  <a class="skip" href="#main" data-skip>Skip to content</a>
  <header class="top">
    <button class="icon-button only-narrow" id="menu" aria-label="Types" aria-expanded="false"
      aria-controls="types">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 4h12M2 8h12M2 12h12"/></svg>
    </button>
    <a class="brand" href="#/" aria-label="Pisces, start">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M6 3c5 5.5 5 12.5 0 18M18 3c-5 5.5-5 12.5 0 18M4 12h16"/>
      </svg>
      <span class="brand-name">Pisces</span>
    </a>
    <span class="node-name" id="node-name"></span>
    <nav class="views" aria-label="Views">
      <a href="#/" data-view="browse">Resources</a>
      <a href="#/apps" data-view="apps">Apps</a>
      <a href="#/log" data-view="log">Log</a>
      <a href="#/sensors" data-view="sensors">Sensors</a>
      <a href="#/status" data-view="status">Status</a>
    </nav>
    <button class="jump" id="jump" aria-keyshortcuts="/">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5 14 14"/>
      </svg>
      <span>Jump to…</span><kbd>/</kbd>
    </button>
    <button class="clock" id="clock" aria-expanded="false" aria-controls="timebar">
      <span class="pulse" id="pulse"></span>
      <span id="clock-text">Live</span>
    </button>
    <button class="icon-button" id="theme" aria-label="Colour scheme">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.5"/><path class="solid" d="M8 2.5a5.5 5.5 0 0 1 0 11z"/>
      </svg>
    </button>
  </header>
  <section class="timebar" id="timebar" aria-label="Time travel" hidden></section>
  <div class="frame">
    <nav class="types" id="types" aria-label="Resource types"></nav>
    <main id="main" tabindex="-1"></main>
  </div>
  <div id="overlay"></div>
  <div class="visually-hidden" id="announce" role="status" aria-live="polite"></div>
  <noscript>These pages need JavaScript. The command line needs none: pisces help</noscript>
</body>
</html>
"""#),
        "/lib/api.js": ("text/javascript; charset=utf-8", #"""
// The node's HTTP API. Every failure becomes a Problem (RFC 9457), every stream is server-sent
// events read through fetch: EventSource hides the body of a refusal and cannot be resumed by us.

/// Why a request failed, in the node's own words where it gave some.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.title = body.title || `The node answered ${status}`;
    this.detail = body.detail;
    this.code = body.code;
    this.remedy = body.remedy;
    this.field = body.field;
  }

  /// The column of a query the problem points at, from 1; null when it names none.
  column(body = this.detail) {
    const found = /\bcolumn (\d+)/i.exec(body ?? "");
    return found ? Number(found[1]) : null;
  }

  static offline(error) {
    return new Problem(0, {
      title: "The node does not answer", detail: error?.message, code: "unreachable",
      remedy: "Is it running? See `pisces status`. The page tries again by itself.",
    });
  }
}

let onSignedOut = () => {};

/// Calls back when the session is missing or has ended.
export function whenSignedOut(callback) { onSignedOut = callback; }

export function url(path, params) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params ?? {})) {
    if (value !== null && value !== undefined && value !== "") query.append(key, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function refusal(response) {
  let body = {};
  try { body = parse(await response.text()); } catch { body = {}; }
  const problem = new Problem(response.status, body ?? {});
  if (response.status === 401) onSignedOut(problem);
  return problem;
}

async function request(address, signal, accept) {
  let response;
  try {
    response = await fetch(address, { signal, headers: { Accept: accept } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Problem.offline(error);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/// Reads JSON; integers beyond 2^53 stay exact, as strings.
export function parse(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, value, context) =>
    typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? context?.source ?? value : value);
}

export async function get(path, params, signal) {
  const response = await request(url(path, params), signal, "application/json");
  return parse(await response.text());
}

/// Reads every page of a list, calling `page(items)` for each; stops at `limit` rows.
export async function getAll(type, params, page, signal, limit = 50_000) {
  let after;
  let rows = 0;
  do {
    const path = `/v1/resources/${encodeURIComponent(type)}`;
    const answer = await get(path, { ...params, limit: 1000, after }, signal);
    rows += answer.items.length;
    page(answer.items);
    after = answer.next;
  } while (after && rows < limit);
  return { complete: !after };
}

/// Reads one stream until it ends: calls `event(name, data)` for each.
export async function readStream(address, event, signal, opened) {
  const response = await request(address, signal, "text/event-stream");
  opened?.();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    pending += value;
    // A block ends with an empty line; what follows the last one is not complete yet.
    const blocks = pending.split(/\r?\n\r?\n/);
    pending = blocks.pop();
    for (const block of blocks) dispatch(block, event);
  }
}

function dispatch(block, event) {
  let name = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  if (data.length) event(name, parse(data.join("\n")));
  else if (name !== "message") event(name, {});
}

/// Waits, unless the signal ends it first.
export function wait(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
"""#),
        "/lib/dom.js": ("text/javascript; charset=utf-8", #"""
// Elements without a framework: one maker, and the few parts every view shares.

/// Makes an element: h("a.chip", {href, onclick}, children…). Nulls and false are left out.
export function h(selector, props, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className += " " + value;
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child);
  }
}

/// Replaces what is in `element`.
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/// Says a short text to screen readers.
export function announce(text) {
  byId("announce").textContent = text;
}

/// A line drawing of 16 by 16 units.
export function icon(path, label) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", label ? "false" : "true");
  if (label) svg.setAttribute("aria-label", label);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/// What a failed request says: title, detail, what to do.
export function problemCard(problem, retry) {
  return h("div.problem", { role: "alert" },
    h("strong", null, problem.title),
    problem.detail && problem.detail !== problem.title ? h("p", null, problem.detail) : null,
    problem.remedy ? h("p.remedy", null, problem.remedy) : null,
    problem.code ? h("code.code", null, problem.code) : null,
    retry ? h("button.button", { onclick: retry }, "Try again") : null);
}

/// A panel with a heading.
export function card(title, extra, ...children) {
  return h("section.card", { "aria-label": title },
    h("header.card-head", null, h("h2", null, title), extra), ...children);
}

/// A state of nothing to show, with what to do about it.
export function empty(title, detail) {
  return h("div.empty", null, h("strong", null, title), detail ? h("p", null, detail) : null);
}

/// At most one call per `milliseconds`, the last one never lost.
export function throttled(milliseconds, run) {
  let timer = 0;
  let last = 0;
  const fire = () => { timer = 0; last = performance.now(); run(); };
  return () => {
    if (timer) return;
    timer = setTimeout(fire, Math.max(0, last + milliseconds - performance.now()));
  };
}

/// Runs once the calls have stopped for `milliseconds`.
export function settled(milliseconds, run) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), milliseconds);
  };
}
"""#),
        "/lib/format.js": ("text/javascript; charset=utf-8", #"""
// Values for people: units scaled, times as ages, exact forms kept for hovering.
import { h } from "./dom.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const stamp = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export const count = (value) => whole.format(value);

/// 1536 → ["1.5", "KiB"].
export function bytes(value) {
  let step = 0;
  let rest = Math.abs(value);
  while (rest >= 1024 && step < binary.length - 1) { rest /= 1024; step += 1; }
  const digits = step === 0 || rest >= 100 ? 0 : 1;
  return [(Math.sign(value) * rest).toFixed(digits), binary[step]];
}

/// 93500 ms → ["1 m 33", "s"], with the two largest units.
export function duration(milliseconds) {
  const value = Math.abs(milliseconds);
  if (value < 1000) return [number.format(milliseconds), "ms"];
  if (value < 60_000) return [(milliseconds / 1000).toFixed(value < 10_000 ? 1 : 0), "s"];
  const minutes = Math.floor(value / 60_000);
  if (minutes < 60) return [`${minutes}m ${Math.floor(value / 1000) % 60}s`, ""];
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return [`${hours}h ${minutes % 60}m`, ""];
  return [`${Math.floor(hours / 24)}d ${hours % 24}h`, ""];
}

/// How long ago an instant was: "now", "12 s", "3 m", "5 h", "9 d".
export function age(instant, now = Date.now()) {
  const seconds = Math.round((now - instant) / 1000);
  if (seconds < 0) return "ahead";
  if (seconds < 2) return "now";
  if (seconds < 100) return `${seconds}s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

const two = (value) => String(value).padStart(2, "0");

/// The local date and time with milliseconds and offset, for hovering.
export function exact(instant) {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return String(instant);
  const zone = -date.getTimezoneOffset();
  const sign = zone < 0 ? "−" : "+";
  const offset = `${sign}${two(Math.floor(Math.abs(zone) / 60))}:${two(Math.abs(zone) % 60)}`;
  return `${day(date)} ${clock(date)} ${offset}`;
}

const day = (date) =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/// The local time of day with milliseconds; with the date when that is not today.
export function clock(instant, withDay = false) {
  const date = new Date(instant);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
    + `.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return withDay && day(date) !== day(new Date()) ? `${day(date)} ${time}` : time;
}

/// The instant a field holds: RFC 3339 text, or a number whose unit says so. Null for others.
export function instantOf(value, unit) {
  if (typeof value === "string" && stamp.test(value)) return Date.parse(value);
  if (typeof value !== "number" || !unit || !/since 1970|unix|epoch/i.test(unit)) return null;
  if (/^(ns|nano)/i.test(unit)) return value / 1e6;
  if (/^(µs|us|micro)/i.test(unit)) return value / 1e3;
  return /^(ms|milli)/i.test(unit) ? value : value * 1000;
}

/// A number in its unit → [figure, unit] as people read it.
export function scaled(value, unit) {
  switch ((unit ?? "").toLowerCase()) {
  case "bytes": case "byte": case "b": return bytes(value);
  case "bytes/s": { const [figure, suffix] = bytes(value); return [figure, suffix + "/s"]; }
  case "kib": return bytes(value * 1024);
  case "ms": case "milliseconds": return duration(value);
  case "s": case "seconds": return duration(value * 1000);
  case "ns": case "nanoseconds": return duration(value / 1e6);
  case "µs": case "us": case "microseconds": return duration(value / 1e3);
  case "percent": case "%": return [number.format(value), "%"];
  case "": return [plainNumber(value), ""];
  default: return [number.format(value), unit];
  }
}

// Identifiers such as pids are not quantities: no grouping below a million.
const plainNumber = (value) =>
  Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : number.format(value);

/// A value as one line of text.
export function text(value, field) {
  if (value === null || value === undefined) return "";
  const instant = instantOf(value, field?.unit);
  if (instant !== null) return age(instant);
  if (typeof value === "number") {
    const [figure, unit] = scaled(value, field?.unit);
    return unit ? `${figure} ${unit}` : figure;
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((one) => text(one, field)).join(", ");
  if (typeof value === "object") {
    return Object.entries(value).map(([key, one]) => `${key}=${text(one)}`).join(" ");
  }
  return String(value);
}

/// The form shown on hovering: what the text form rounds away; empty when nothing is.
export function hover(value, field) {
  const instant = instantOf(value, field?.unit);
  if (instant !== null) return exact(instant);
  if (typeof value === "number" && field?.unit) return `${value} ${field.unit}`;
  if (typeof value === "string") return value.length > 24 ? value : "";
  if (value && typeof value === "object") return JSON.stringify(value);
  return "";
}

/// A value as a node: figure with a quiet unit, age with its exact time, text as it is.
export function node(value, field) {
  if (value === null || value === undefined) return h("span.none", null, "–");
  const title = hover(value, field) || null;
  if (typeof value === "number" && instantOf(value, field?.unit) === null) {
    const [figure, unit] = scaled(value, field?.unit);
    return h("span.num", { title }, figure, unit ? h("span.unit", null, ` ${unit}`) : null);
  }
  return h("span", { title }, text(value, field));
}

/// A key that sorts numbers as numbers, texts by letter, and puts what is missing last.
export function sortKey(value) {
  if (value === null || value === undefined) return [2, ""];
  if (typeof value === "number") return [0, value];
  if (typeof value === "boolean") return [0, value ? 1 : 0];
  if (typeof value === "object") return [1, JSON.stringify(value)];
  return /^\d{1,15}$/.test(value) ? [0, Number(value)] : [1, value.toLowerCase()];
}

/// Orders two keys of `sortKey`.
export function compareKeys([leftKind, left], [rightKind, right]) {
  if (leftKind !== rightKind) return leftKind - rightKind;
  return left < right ? -1 : left > right ? 1 : 0;
}
"""#),
        "/lib/listing.js": ("text/javascript; charset=utf-8", #"""
// Plain tables of flat objects: a column is [title, cell, right-aligned].
import { h, empty } from "./dom.js";
import * as format from "./format.js";

export const num = (value) => h("span.num", null, format.count(value ?? 0));

/// A number that should be zero.
export const bad = (value) =>
  h("span.num", { class: value ? "bad" : "quiet" }, format.count(value ?? 0));

const good = /^(running|watching|ready|ok|live|serving|active|complete)$/i;

export const state = (text) => h("span.state", { class: good.test(text ?? "") ? "ok" : "attention" },
  text ?? "unknown");

export function table(columns, rows, nothing) {
  if (!rows.length) return empty(nothing);
  return h("div.table-scroll", { tabindex: "0", role: "group", "aria-label": "Table" },
    h("table.listing", null,
      h("thead", null, h("tr", null, columns.map(([title, , right]) =>
        h("th", { scope: "col", class: right ? "right" : "" }, title)))),
      h("tbody", null, rows.map((row) => h("tr", null, columns.map(([title, cell, right]) =>
        h("td", { class: right ? "right" : "", "data-title": title }, cell(row))))))));
}
"""#),
        "/lib/live.js": ("text/javascript; charset=utf-8", #"""
// Streams that heal: they resume where they stopped, wait longer after each failure, and let go
// of their connection while the page is hidden (a browser gives a node only six).
import { readStream, url, wait, Problem } from "./api.js";

const backOffLeast = 400;
const backOffMost = 8000;

class Stream {
  /// `state(name, problem?)` hears "connecting", "live", "retrying", "refused" or "asleep".
  constructor({ state }) {
    this.state = state ?? (() => {});
    this.closed = new AbortController();
    this.visible = () => { if (document.hidden) this.sleep(); else this.wake?.(); };
    document.addEventListener("visibilitychange", this.visible);
  }

  close() {
    document.removeEventListener("visibilitychange", this.visible);
    this.closed.abort();
    this.attempt?.abort();
    this.wake?.();
  }

  sleep() {
    this.attempt?.abort();
    this.state("asleep");
  }

  async run() {
    let delay = backOffLeast;
    while (!this.closed.signal.aborted) {
      if (document.hidden) await new Promise((resolve) => { this.wake = resolve; });
      if (this.closed.signal.aborted) return;
      this.attempt = new AbortController();
      this.state("connecting");
      try {
        await readStream(this.address(), (name, data) => this.event(name, data),
          this.attempt.signal, () => { delay = backOffLeast; this.opened(); this.state("live"); });
      } catch (error) {
        if (this.closed.signal.aborted) return;
        if (error.name !== "AbortError" && this.isFinal(error)) return;
      }
      if (this.closed.signal.aborted || document.hidden) continue;
      this.state("retrying");
      await wait(delay, this.closed.signal);
      delay = Math.min(delay * 2, backOffMost);
    }
  }

  /// A refusal of what was asked stays one; a node that is away or busy comes back.
  isFinal(error) {
    const problem = error instanceof Problem ? error : Problem.offline(error);
    if (problem.status === 410) { this.restart(); return false; }
    const final = problem.status >= 400 && problem.status < 500 && problem.status !== 429;
    if (final) this.state("refused", problem);
    return final;
  }

  restart() {}

  opened() {}
}

/// A subscription to the resources of a type: snapshot, then changes.
export class Subscription extends Stream {
  /// Calls `reset()`, `items(list)`, `ready()`, `changes(batch)`, `coalesced()`.
  constructor(query, calls) {
    super(calls);
    this.query = query;
    this.calls = calls;
    this.from = query.from ?? "snapshot";
    this.fresh = this.from === "snapshot";
  }

  address() { return url("/v1/subscribe", { ...this.query, from: this.from }); }

  /// What was known is let go of only once its replacement is on the way.
  opened() {
    if (this.from !== "snapshot") return;
    this.fresh = true;
    this.calls.reset?.();
  }

  restart() { this.from = "snapshot"; }

  event(name, data) {
    if (name === "snapshot") this.calls.items?.(data.items);
    else if (name === "changes") this.calls.changes?.(data);
    else if (name === "coalesced") this.calls.coalesced?.();
    else if (name === "gone") { this.restart(); this.attempt.abort(); }
    else if (name === "bookmark") {
      this.from = data.bookmark;
      if (this.fresh) { this.fresh = false; this.calls.ready?.(); }
    }
  }
}

/// The entries of a log from a position on, as they are appended.
export class LogTail extends Stream {
  constructor(log, from, calls) {
    super(calls);
    this.log = log;
    this.from = from;
    this.calls = calls;
  }

  address() {
    return url("/v1/log", { log: this.log, from: this.from, limit: 1000, follow: true });
  }

  event(name, data) {
    if (name !== "entry") return;
    this.from = data.position + 1;
    this.calls.entry(data);
  }
}
"""#),
        "/lib/place.js": ("text/javascript; charset=utf-8", #"""
// Where the reader is: view, type or resource, namespace, filter, order, and the moment looked
// at. All of it is in the address bar, so every state can be linked, reloaded and gone back to.

const encode = encodeURIComponent;

/// Views that show the whole node and have no place within.
const plain = ["apps", "log", "sensors", "status"];

/// Reads `#/t/process?ns=/machines/x&where=…&sort=-cpu&at=…`.
export function read(hash = location.hash) {
  const [path, query] = hash.replace(/^#/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decode);
  const params = new URLSearchParams(query ?? "");
  const place = {
    view: "browse", type: null, id: null, namespace: params.get("ns"),
    where: params.get("where") ?? "", sort: params.get("sort") ?? "",
    at: params.get("at"), log: params.get("log") ?? "",
  };
  if (parts[0] === "t" && parts[1]) place.type = parts[1];
  else if (parts[0] === "r" && parts[1]) Object.assign(place, { view: "detail", id: parts[1] });
  else if (plain.includes(parts[0])) place.view = parts[0];
  return place;
}

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/// The hash of a place; what is standard is left out.
export function hashOf(place) {
  const params = new URLSearchParams();
  if (place.view === "browse" || !place.view) {
    if (place.namespace) params.set("ns", place.namespace);
    if (place.where) params.set("where", place.where);
    if (place.sort) params.set("sort", place.sort);
  }
  if (place.view === "log" && place.log) params.set("log", place.log);
  if (place.at) params.set("at", place.at);
  const query = params.toString();
  return "#/" + pathOf(place) + (query ? `?${query}` : "");
}

function pathOf(place) {
  if (place.view === "detail") return `r/${encode(place.id)}`;
  if (plain.includes(place.view)) return place.view;
  return place.type ? `t/${encode(place.type)}` : "";
}

/// The hash of a type's table at the moment looked at.
export const toType = (type, more = {}) =>
  hashOf({ view: "browse", type, at: read().at, ...more });

/// The hash of a resource at the moment looked at.
export const toResource = (id) => hashOf({ view: "detail", id, at: read().at });

/// Goes to the current place with some of it changed. `replace` leaves no step to go back to.
export function change(changes, replace = false) {
  const hash = hashOf({ ...read(), ...changes });
  if (hash === location.hash) return;
  if (replace) {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = hash;
  }
}

/// Whether a version at `position` and `instant` was already there at the moment `at`.
export function isBy(at, position, instant) {
  if (!at) return true;
  if (at.startsWith("@")) return position <= Number(at.slice(1));
  return instant <= Date.parse(at);
}
"""#),
        "/lib/rows.js": ("text/javascript; charset=utf-8", #"""
// A list of any length that keeps only what is on the screen in the document. It is an ARIA grid
// with one tab stop: arrows move, Enter opens.
import { h } from "./dom.js";

const overscan = 8;

export class Rows {
  /// `render(item, row)` fills a row; `keyOf(item)` names it; `open(item)` follows Enter or click.
  constructor({ label, height, render, keyOf, open, head }) {
    Object.assign(this, { height, render, keyOf, open });
    this.items = [];
    this.shown = new Map();
    this.cursor = -1;
    this.body = h("div.rows-body", { role: "rowgroup" });
    this.view = h("div.rows", {
      role: "grid", tabindex: "0", "aria-label": label, "aria-readonly": "true",
      onscroll: () => this.draw(), onkeydown: (event) => this.key(event),
      onclick: (event) => this.click(event), onfocus: () => this.focused(),
    }, head ?? null, this.body);
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.view);
  }

  close() { this.sized.disconnect(); }

  set(items) {
    const at = this.cursor >= 0 ? this.current : undefined;
    this.items = items;
    this.view.setAttribute("aria-rowcount", String(items.length + 1));
    if (at !== undefined) this.cursor = items.findIndex((one) => this.keyOf(one) === at);
    this.draw();
  }

  get headHeight() { return this.view.firstChild === this.body ? 0 : this.body.offsetTop; }

  draw() {
    const height = this.height();
    this.body.style.height = `${this.items.length * height}px`;
    const top = this.view.scrollTop;
    const first = Math.max(0, Math.floor(top / height) - overscan);
    const last = Math.min(this.items.length,
      Math.ceil((top + this.view.clientHeight) / height) + overscan);
    const keep = new Set();
    for (let index = first; index < last; index += 1) {
      const item = this.items[index];
      const key = this.keyOf(item);
      keep.add(key);
      this.place(item, key, index, height);
    }
    for (const [key, row] of this.shown) {
      if (keep.has(key)) continue;
      row.element.remove();
      this.shown.delete(key);
    }
    this.mark();
  }

  place(item, key, index, height) {
    let row = this.shown.get(key);
    if (!row) {
      row = { element: h("div.row", { role: "row" }), item: null, index: -1 };
      this.shown.set(key, row);
      this.body.append(row.element);
    }
    if (row.item !== item) {
      row.item = item;
      this.render(item, row.element);
    }
    if (row.index !== index || row.height !== height) {
      row.index = index;
      row.height = height;
      row.element.style.transform = `translateY(${index * height}px)`;
      row.element.setAttribute("aria-rowindex", String(index + 2));
    }
  }

  /// Renders every shown row anew, as when ages have moved on.
  refresh() {
    for (const row of this.shown.values()) this.render(row.item, row.element);
  }

  /// The element of a shown row.
  element(key) { return this.shown.get(key)?.element; }

  mark() {
    const item = this.items[this.cursor];
    this.current = item ? this.keyOf(item) : undefined;
    for (const [key, row] of this.shown) {
      const here = key === this.current;
      row.element.classList.toggle("current", here);
      row.element.setAttribute("aria-selected", String(here));
      if (here) {
        row.element.id = "current-row";
      } else if (row.element.id) {
        row.element.removeAttribute("id");
      }
    }
    if (item) this.view.setAttribute("aria-activedescendant", "current-row");
    else this.view.removeAttribute("aria-activedescendant");
  }

  focused() {
    if (this.cursor < 0 && this.items.length && this.view.matches(":focus-visible")) this.move(0);
  }

  move(index) {
    this.cursor = Math.max(0, Math.min(this.items.length - 1, index));
    const height = this.height();
    const head = this.headHeight;
    const top = this.cursor * height;
    const room = this.view.clientHeight - head;
    if (top < this.view.scrollTop) this.view.scrollTop = top;
    else if (top + height > this.view.scrollTop + room) {
      this.view.scrollTop = top + height - room;
    }
    this.draw();
  }

  key(event) {
    if (event.target !== this.view || event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.view.clientHeight / this.height()) - 2);
    const steps = {
      ArrowDown: this.cursor + 1, ArrowUp: this.cursor - 1, j: this.cursor + 1,
      k: this.cursor - 1, PageDown: this.cursor + page, PageUp: this.cursor - page, Home: 0,
      End: this.items.length - 1,
    };
    if (event.key in steps) this.move(steps[event.key]);
    else if (event.key === "Enter" && this.items[this.cursor]) this.open(this.items[this.cursor]);
    else return;
    event.preventDefault();
  }

  click(event) {
    if (event.target.closest("a, button")) return;
    const element = event.target.closest(".row");
    for (const row of this.shown.values()) {
      if (row.element !== element) continue;
      this.cursor = row.index;
      this.mark();
      this.open(row.item);
    }
  }
}
"""#),
        "/lib/schema.js": ("text/javascript; charset=utf-8", #"""
// The types as the graph itself describes them (law 6): no view knows any type by name.
import { get, getAll } from "./api.js";

const roles = ["desired", "observed", "system"];

class Schema extends EventTarget {
  types = new Map();
  counts = new Map();
  namespaces = new Set(["/"]);

  /// Reads the types, and what the status page knows of namespaces.
  async load(at) {
    const types = new Map();
    await getAll("type", { all: true, at }, (items) => {
      for (const item of items) types.set(item.name, typeOf(item));
    });
    this.types = types;
    this.dispatchEvent(new Event("types"));
  }

  type(name) { return this.types.get(name) ?? typeOf({ name, data: {} }); }

  /// The types of each role, in order of name, without empty groups.
  groups() {
    const all = [...this.types.values()].sort((left, right) => left.name < right.name ? -1 : 1);
    return roles.map((role) => ({ role, types: all.filter((one) => one.role === role) }))
      .filter((group) => group.types.length);
  }

  /// Says which type the resource on the page has, so that the list can mark it.
  show(name) {
    this.shown = name;
    this.dispatchEvent(new Event("shown"));
  }

  /// Adds namespaces seen in rows or mounts.
  meet(namespaces) {
    const before = this.namespaces.size;
    for (const namespace of namespaces) this.namespaces.add(namespace);
    if (this.namespaces.size !== before) this.dispatchEvent(new Event("namespaces"));
  }

  setCount(type, number, more = false) {
    const before = this.counts.get(type);
    if (before?.number === number && before.more === more) return;
    this.counts.set(type, { number, more });
    this.dispatchEvent(new Event("counts"));
  }

  /// Counts each type by one page of its list, one after the other. The page's size bounds the
  /// cost; a larger type shows "1000+" until it is opened.
  async count(at, except) {
    for (const name of [...this.types.keys()]) {
      if (name === except) continue;
      try {
        const path = `/v1/resources/${encodeURIComponent(name)}`;
        const answer = await get(path, { all: true, limit: 1000, at });
        this.setCount(name, answer.items.length, Boolean(answer.next));
        this.meet(answer.items.map((one) => one.namespace));
      } catch (problem) {
        if (problem.status === 401 || problem.status === 0) return;
      }
    }
  }
}

function typeOf(resource) {
  const data = resource.data ?? {};
  const fields = new Map((data.fields ?? []).map((field) => [field.name, field]));
  return {
    name: resource.name, id: resource.id, summary: data.summary ?? "",
    role: roles.includes(data.role) ? data.role : "system", writer: data.writer ?? "",
    fields, columns: (data.columns ?? []).filter((name) => name !== "name"),
    relations: data.relations ?? [], health: data.health ?? null, ephemeral: data.ephemeral,
  };
}

/// The one schema of the page.
export const schema = new Schema();
"""#),
        "/lib/tail.js": ("text/javascript; charset=utf-8", #"""
// Both logs as one list: what is on screen is bounded, what was dropped from it is counted.
import { get } from "./api.js";
import { LogTail } from "./live.js";

const keptMost = 5000;
const startBack = 300;
const pageOfPast = 500;

export const keyOf = (entry) => `${entry.log}@${entry.position}`;

export class Tail {
  /// Calls `changed()` after entries came, `state(state, problem?)` as the streams change.
  constructor(logs, calls) {
    Object.assign(this, { logs, calls });
    this.entries = [];
    this.waiting = [];
    this.dropped = 0;
    this.isPaused = false;
    this.streams = [];
    this.abort = new AbortController();
  }

  close() {
    this.abort.abort();
    for (const stream of this.streams) stream.close();
  }

  read(log, params) { return get("/v1/log", { log, ...params }, this.abort.signal); }

  /// Follows the logs from a little before their ends.
  async follow() {
    for (const log of this.logs) {
      const { tail } = await this.read(log, { from: 1, limit: 1 });
      const from = Math.max(1, tail - startBack);
      const stream = new LogTail(log, from, {
        state: (state, problem) => this.calls.state(state, problem),
        entry: (entry) => this.take(entry),
      });
      this.streams.push(stream);
      stream.run();
    }
  }

  take(entry) {
    (this.isPaused ? this.waiting : this.entries).push(entry);
    this.trim();
    this.calls.changed();
  }

  trim() {
    const list = this.isPaused ? this.waiting : this.entries;
    if (list.length <= keptMost + 500) return;
    this.order();
    this.dropped += list.splice(0, list.length - keptMost).length;
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    if (isPaused) return;
    this.entries.push(...this.waiting);
    this.waiting = [];
    this.trim();
  }

  /// Logs have positions of their own; only their times interleave them.
  order() {
    this.entries.sort((left, right) => left.time < right.time ? -1 : left.time > right.time ? 1
      : left.position - right.position);
    return this.entries;
  }

  /// The entries that led up to a past moment.
  async past(at) {
    for (const log of this.logs) {
      const end = at.startsWith("@") ? Number(at.slice(1)) : await this.locate(log, at);
      if (end < 1) continue;
      const from = Math.max(1, end - pageOfPast + 1);
      const { entries } = await this.read(log, { from, limit: pageOfPast });
      this.entries.push(...entries.filter((entry) => entry.position <= end));
    }
  }

  /// The last position at or before an instant, by halving.
  async locate(log, at) {
    let low = 0;
    let { tail: high } = await this.read(log, { from: 1, limit: 1 });
    const limit = Date.parse(at);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const { entries: [entry] } = await this.read(log, { from: middle, limit: 1 });
      if (entry && Date.parse(entry.time) <= limit) low = Math.max(middle, entry.position);
      else high = middle - 1;
    }
    return low;
  }
}
"""#),
        "/style.css": ("text/css; charset=utf-8", #"""
/* Colours, type and the frame. The views are in views.css. System fonts, tabular figures. */
:root {
  color-scheme: light dark;
  --page: light-dark(#f7f8f8, #0d1113);
  --surface: light-dark(#ffffff, #13181b);
  --raised: light-dark(#ffffff, #1a2024);
  --sunk: light-dark(#eff1f2, #0a0d0f);
  --ink: light-dark(#16202a, #e3e8ea);
  --quiet: light-dark(#5a6670, #93a0a8);
  --faint: light-dark(#7a858e, #6f7c85);
  --line: light-dark(#e3e6e8, #232a2f);
  --line-strong: light-dark(#cfd5d9, #353e45);
  --hover: light-dark(#f0f4f5, #192024);
  --accent: light-dark(#0b6478, #5cc3d8);
  --accent-ink: light-dark(#ffffff, #06222a);
  --accent-wash: light-dark(#e2f0f3, #12303a);
  --desired: light-dark(#7a4fc0, #b79af0);
  --observed: light-dark(#0b7a8f, #4fbfd6);
  --system: light-dark(#84909a, #77848d);
  --good: light-dark(#1d7a46, #63c98d);
  --warn: light-dark(#8f5a00, #f0b65a);
  --warn-wash: light-dark(#fdf1d8, #33270f);
  --bad: light-dark(#b3261e, #ff8a80);
  --bad-wash: light-dark(#fdeae8, #3a1a18);
  --good-wash: light-dark(#dcf3e5, #12301f);
  --sans: -apple-system, "Segoe UI Variable Text", "Segoe UI", "Adwaita Sans", Inter, Roboto,
    "Noto Sans", Ubuntu, Cantarell, "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", "Noto Sans Mono",
    "Ubuntu Mono", "Liberation Mono", Menlo, Consolas, monospace;
  --radius: 7px;
  --top: 46px;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
:root[data-past] { --accent: light-dark(#8f5a00, #f0b65a); --accent-ink: light-dark(#fff, #2b1d00);
  --accent-wash: light-dark(#fbeed2, #33270f); }

*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body {
  display: flex; flex-direction: column; height: 100dvh; overflow: hidden;
  background: var(--page); color: var(--ink); font: 13px/1.45 var(--sans);
  font-variant-numeric: tabular-nums; -webkit-font-smoothing: antialiased;
  text-rendering: optimizeLegibility;
}
h1, h2, h3, p, dl, dd, ul, ol, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 19px; font-weight: 640; letter-spacing: -0.012em; line-height: 1.25; }
h2 { font-size: 13px; font-weight: 620; }
a { color: inherit; text-decoration: none; }
code, pre, kbd { font-family: var(--mono); font-size: 0.94em; }
button, input, select { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; background: none; border: 0; padding: 0; }
button:disabled { cursor: default; opacity: 0.35; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
main:focus-visible { outline: none; }
::selection { background: color-mix(in srgb, var(--accent) 26%, transparent); }
svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.5;
  stroke-linecap: round; stroke-linejoin: round; flex: none; }
svg .solid { fill: currentColor; stroke: none; }
kbd {
  display: inline-grid; place-items: center; min-width: 18px; height: 18px; padding: 0 4px;
  border: 1px solid var(--line-strong); border-radius: 4px; color: var(--quiet);
  font-size: 11px; line-height: 1;
}
* { scrollbar-width: thin; scrollbar-color: var(--line-strong) transparent; }

.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 8px; top: -60px; z-index: 50; padding: 8px 12px;
  background: var(--accent); color: var(--accent-ink); border-radius: var(--radius); }
.skip:focus { top: 6px; }
.num { font-variant-numeric: tabular-nums; }
.unit { color: var(--quiet); }
.muted, .none, .quiet { color: var(--quiet); }
.none { color: var(--faint); }
.bad { color: var(--bad); font-weight: 600; }
.icon-button.only-narrow { display: none; }

/* The bar at the top */
.top {
  display: flex; align-items: center; gap: 10px; height: var(--top); flex: none;
  padding: 0 12px 0 16px; background: var(--surface); border-bottom: 1px solid var(--line);
}
.brand { display: flex; align-items: center; gap: 7px; font-weight: 680; font-size: 15px;
  letter-spacing: -0.015em; border-radius: 4px; }
.brand svg { width: 20px; height: 20px; color: var(--accent); stroke-width: 1.9; }
.node-name { color: var(--quiet); padding-left: 10px; border-left: 1px solid var(--line-strong);
  line-height: 1.2; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.node-name:empty { display: none; }
.views { display: flex; gap: 2px; margin-left: 14px; align-self: stretch; }
.views a { display: flex; align-items: center; padding: 0 11px; color: var(--quiet);
  position: relative; font-weight: 520; }
.views a:hover { color: var(--ink); }
.views a[aria-current] { color: var(--ink); }
.views a[aria-current]::after { content: ""; position: absolute; inset: auto 11px -1px;
  height: 2px; border-radius: 2px 2px 0 0; background: var(--accent); }
.jump {
  display: flex; align-items: center; gap: 8px; margin-left: auto; height: 30px; width: 220px;
  padding: 0 6px 0 9px; background: var(--sunk); border: 1px solid transparent;
  border-radius: var(--radius); color: var(--quiet); text-align: left;
}
.jump svg { width: 14px; height: 14px; }
.jump span { flex: 1; }
.jump:hover { border-color: var(--line-strong); color: var(--ink); }
.clock {
  display: flex; align-items: center; gap: 8px; height: 30px; padding: 0 11px;
  border: 1px solid var(--line); border-radius: var(--radius); font-weight: 520;
  white-space: nowrap;
}
.clock:hover, .clock[aria-expanded="true"] { border-color: var(--line-strong);
  background: var(--hover); }
.pulse { width: 7px; height: 7px; border-radius: 50%; background: var(--faint); }
.pulse[data-state="live"] { background: var(--good);
  box-shadow: 0 0 0 3px color-mix(in srgb, var(--good) 22%, transparent); }
.pulse[data-state="retrying"], .pulse[data-state="refused"] { background: var(--bad); }
:root[data-past] .pulse { background: var(--warn); box-shadow: none; }
:root[data-past] .clock { border-color: var(--warn); background: var(--warn-wash);
  color: var(--warn); }
.icon-button { display: inline-grid; place-items: center; width: 30px; height: 30px;
  border-radius: var(--radius); color: var(--quiet); font-size: 17px; line-height: 1; flex: none; }
.icon-button:hover:enabled { background: var(--hover); color: var(--ink); }

/* The bar of moments */
.timebar {
  display: flex; align-items: center; gap: 10px; flex: none; min-height: 44px;
  padding: 6px 12px 6px 16px; background: var(--surface); border-bottom: 1px solid var(--line);
}
:root[data-past] .timebar { background: var(--warn-wash); border-color: var(--warn);
  box-shadow: inset 3px 0 0 var(--warn); }
.bar-label { color: var(--quiet); }
.past { display: flex; align-items: center; gap: 10px; color: var(--warn); white-space: nowrap; }
.past strong { font-weight: 640; }
.past .ago { color: inherit; opacity: 0.85; min-width: 56px; }
.past .now { background: var(--warn); border-color: transparent; color: var(--accent-ink); }
.past .now:hover { background: color-mix(in srgb, var(--warn) 86%, var(--ink)); }
.past .now kbd { border-color: currentColor; color: inherit; margin-left: 7px; height: 16px;
  min-width: 16px; opacity: 0.8; }
.slider { position: relative; display: flex; flex: 1; align-items: center; gap: 10px;
  min-width: 120px; }
.slider input { flex: 1; width: 100%; }
.slider-value { min-width: 66px; color: var(--quiet); white-space: nowrap; }
.slider-value:empty { display: none; }

input[type="range"] { appearance: none; height: 24px; margin: 0; background: none;
  cursor: pointer; }
input[type="range"]::-webkit-slider-runnable-track { height: 4px; border-radius: 2px;
  background: var(--line-strong); }
input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px;
  background: var(--line-strong); }
input[type="range"]::-webkit-slider-thumb { appearance: none; width: 16px; height: 16px;
  margin-top: -6px; border-radius: 50%; background: var(--accent);
  border: 2px solid var(--surface); box-shadow: 0 0 0 1px var(--accent); }
input[type="range"]::-moz-range-thumb { width: 13px; height: 13px; border-radius: 50%;
  background: var(--accent); border: 2px solid var(--surface);
  box-shadow: 0 0 0 1px var(--accent); }
input[type="range"]:focus-visible { outline: none; }
input[type="range"]:focus-visible::-webkit-slider-thumb { outline: 2px solid var(--accent);
  outline-offset: 3px; }

/* Controls */
.button, .chip-button {
  display: inline-flex; align-items: center; height: 30px; padding: 0 12px;
  border: 1px solid var(--line-strong); border-radius: var(--radius); background: var(--surface);
  font-weight: 520; white-space: nowrap;
}
.chip-button { height: 26px; padding: 0 10px; border-radius: 13px; color: var(--quiet); }
.button:hover, .chip-button:hover { background: var(--hover); color: var(--ink); }
.button[aria-pressed="true"], .chip-button[aria-pressed="true"] {
  border-color: var(--accent); background: var(--accent-wash); color: var(--accent); }
select, .moment {
  height: 30px; padding: 0 8px; border: 1px solid var(--line-strong);
  border-radius: var(--radius); background: var(--surface); max-width: 220px;
}
.moment { width: 158px; }
[aria-invalid="true"] { border-color: var(--bad) !important; }
::placeholder { color: var(--faint); opacity: 1; }

/* Types at the left */
.frame { display: flex; flex: 1; min-height: 0; }
.types { width: 216px; flex: none; overflow-y: auto; padding: 8px 8px 24px;
  border-right: 1px solid var(--line); background: var(--surface); }
.group { display: flex; align-items: center; gap: 8px; padding: 14px 8px 5px; font-size: 11px;
  font-weight: 600; color: var(--quiet); letter-spacing: 0.02em; }
.role { display: inline-block; width: 7px; height: 7px; border-radius: 2px; flex: none;
  background: var(--system); }
[data-role="desired"].role { background: transparent; box-shadow: inset 0 0 0 2px var(--desired); }
[data-role="observed"].role { background: var(--observed); border-radius: 50%; }
[data-role="none"].role { background: transparent; box-shadow: inset 0 0 0 1px var(--faint); }
.type { display: flex; align-items: baseline; justify-content: space-between; gap: 8px;
  padding: 4px 8px 4px 23px; border-radius: 5px; }
.type:hover { background: var(--hover); }
.type[aria-current] { background: var(--accent-wash); color: var(--accent); font-weight: 600; }
.type-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.count { color: var(--quiet); font-weight: 400; font-size: 12px; }
.type[aria-current] .count { color: inherit; }
.count.zero { color: var(--faint); }

main { flex: 1; min-width: 0; overflow: auto; display: flex; flex-direction: column; }
:root[data-view="status"] .types, :root[data-view="log"] .types,
:root[data-view="sign-in"] .types { display: none; }
:root[data-view="sign-in"] :is(.views, .jump, .clock, .timebar, #menu) { display: none; }
:root[data-view="sign-in"] #theme { margin-left: auto; }

/* Cards, tags, problems */
.tag { display: inline-block; padding: 1px 7px; border-radius: 9px; font-size: 11.5px;
  font-weight: 560; line-height: 1.5; background: var(--sunk); color: var(--quiet);
  letter-spacing: 0; vertical-align: 2px; }
.tag[data-role="desired"] { color: var(--desired);
  background: color-mix(in srgb, var(--desired) 12%, transparent); }
.tag[data-role="observed"] { color: var(--observed);
  background: color-mix(in srgb, var(--observed) 12%, transparent); }
.tag.danger { color: var(--bad); background: var(--bad-wash); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 9px;
  min-width: 0; overflow: hidden; }
.card-head { display: flex; align-items: center; justify-content: space-between; gap: 12px;
  min-height: 38px; padding: 4px 14px; border-bottom: 1px solid var(--line); }
.empty { padding: 26px 14px; text-align: center; color: var(--quiet); }
.empty strong { color: var(--ink); font-weight: 560; }
.card .empty { padding: 14px; text-align: left; }
.card .empty strong { color: var(--quiet); font-weight: 400; }
.problem { margin: 12px 16px; padding: 12px 14px; border-radius: var(--radius);
  border: 1px solid color-mix(in srgb, var(--bad) 40%, transparent); background: var(--bad-wash);
  display: grid; gap: 4px; justify-items: start; }
.problem .code { color: var(--bad); }
.problem .button { margin-top: 6px; }
.note { margin: 8px 16px; color: var(--warn); }
.sign-in { margin: auto; max-width: 420px; padding: 28px; display: grid; gap: 12px;
  background: var(--surface); border: 1px solid var(--line); border-radius: 12px; }
.sign-in .button { justify-self: start; margin-top: 4px; }
.command-line { padding: 10px 14px; background: var(--sunk); border-radius: var(--radius);
  font-size: 14px; }
.command-line span { color: var(--faint); }

@media (max-width: 1080px) {
  .jump { width: 150px; }
  .ago-button { display: none; }
  :root[data-past] .slider { min-width: 90px; }
}
@media (max-width: 800px) {
  .icon-button.only-narrow { display: inline-grid; }
  .types { position: fixed; z-index: 20; inset: var(--top) auto 0 0; width: min(280px, 82vw);
    transform: translateX(-102%); visibility: hidden; box-shadow: 0 10px 40px #0004;
    transition: transform 0.16s ease-out, visibility 0.16s; }
  [data-menu] .types { transform: none; visibility: visible; }
  .type { padding-top: 8px; padding-bottom: 8px; }
  .top { gap: 2px; padding: 0 6px; }
  .brand-name, .node-name, .jump span, .jump kbd { display: none; }
  .views { margin-left: 0; gap: 0; }
  .views a { padding: 0 5px; }
  .views a[aria-current]::after { inset: auto 5px -1px; }
  .jump { width: 32px; padding: 0; justify-content: center; background: none; color: var(--quiet); }
  .clock { padding: 0 8px; }
  :root:not([data-past]) #clock-text { display: none; }
  .timebar { flex-wrap: wrap; }
  .slider { order: 5; flex-basis: 60%; }
  .band, .past { flex-wrap: wrap; flex-basis: 100%; }
  .past .ago { min-width: 0; }
  .past .past-at, .past .now kbd { display: none; }
  .past { gap: 6px; }
  .past .now { margin-left: auto; }
  .moment { flex: 1; width: 120px; }
  .ago-button { display: inline-flex; }
  .ago-button:last-child { display: none; }
  .bar-label { display: none; }
  :root[data-past] .ago-button, :root[data-past] .moment { display: none; }
  .sign-in { margin: 16px; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation-duration: 0.01ms !important; transition: none !important; }
}
@media (forced-colors: active) {
  .pulse, .role { forced-color-adjust: none; }
  .row.current { outline: 2px solid Highlight; }
}
"""#),
        "/theme.js": ("text/javascript; charset=utf-8", #"""
// Runs before the first paint, so that a chosen scheme never flashes the other one.
"use strict";
(() => {
  const chosen = localStorage.getItem("pisces.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
"""#),
        "/views/apps.js": ("text/javascript; charset=utf-8", #"""
// What is installed: each app with its replicas, where it is reached, and what it waits for.
import { h, fill, empty, problemCard, announce } from "../lib/dom.js";
import { get, readStream, url } from "../lib/api.js";
import * as format from "../lib/format.js";
import { table, num, bad, state } from "../lib/listing.js";
import { toType } from "../lib/place.js";

const every = 2000;
const keptLines = 2000;

export class AppsView {
  constructor(main, place, live) {
    Object.assign(this, { main, live });
    this.abort = new AbortController();
    this.read();
    this.timer = setInterval(() => { if (!document.hidden) this.read(); }, every);
  }

  close() {
    clearInterval(this.timer);
    this.abort.abort();
  }

  async read() {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const { items = [] } = await get("/v1/apps", null, this.abort.signal);
      this.live("live");
      this.draw(items);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.live("retrying");
      if (!this.main.querySelector(".status")) {
        fill(this.main, h("div.status", null, problemCard(problem, () => this.read())));
      }
    } finally {
      this.isReading = false;
    }
  }

  draw(apps) {
    // The same answer changes nothing: selections and scroll positions stay.
    const text = JSON.stringify(apps);
    if (text === this.shown) return;
    this.shown = text;
    const focused = document.activeElement?.dataset?.logs;
    const scrolled = this.main.querySelector(".status-page")?.scrollTop ?? 0;
    fill(this.main, h("div.browse.status-page", null,
      h("header.title", null, h("h1", null, "Apps"),
        h("span.total", null, format.count(apps.length)),
        h("p.summary", null, "What is installed, where it runs, and what it waits for.")),
      h("div.status", null, apps.length ? apps.map(appCard) : nothing())));
    this.main.querySelector(".status-page").scrollTop = scrolled;
    if (focused) this.main.querySelector(`[data-logs="${CSS.escape(focused)}"]`)?.focus();
  }
}

const nothing = () => empty("No app is installed",
  "Install one with pisces app install, or look into the store with pisces store search.");

function appCard(app) {
  const { components = [], services = [], waits = [], failures = [] } = app;
  const mood = failures.length ? "failed" : waits.length ? "changing" : "running";
  const title = app.namespace === "/" ? app.app : `${app.namespace} ${app.app}`;
  return h("section.card.app", { "aria-label": title, "data-app": app.app },
    h("header.card-head", null,
      h("h2", null, h("a", { href: found("app", app.namespace, app.app) }, title), " ",
        h("span.muted", null, app.version ?? "")),
      state(mood)),
    reasons("Failed", failures, "bad"), reasons("Waits for", waits, ""),
    table(componentColumns, components, "It has no components"),
    table(replicaColumns(app), components.flatMap((one) => one.replicas ?? []), "Nothing runs"),
    services.length ? table(serviceColumns, services, "") : null);
}

/// Why something is not as it should be, in the words of the handlers.
function reasons(label, lines, mood) {
  if (!lines.length) return null;
  return h("div.reasons", { class: mood }, h("b", null, label),
    h("ul", null, lines.map((line) => h("li", null, line))));
}

const found = (type, namespace, name) =>
  toType(type, { namespace, where: `name = '${name}'` });

const componentColumns = [
  ["component", (one) => h("b", null, one.component)],
  ["state", (one) => state(one.state !== "current" ? one.state
    : one.ready < one.wanted ? "waiting" : "running")],
  ["ready", (one) => h("span.num", { class: one.ready < one.wanted ? "bad" : "" },
    `${one.ready} of ${one.wanted}`), true],
  ["version", (one) => one.version ?? "–"],
];

const replicaColumns = (app) => [
  ["task", (one) => h("a", { href: found("task", app.namespace, one.task) }, one.task)],
  ["state", (one) => state(one.ready ? "ready" : one.state)],
  ["machine", (one) => one.machine ?? "–"],
  ["ports", (one) => Object.values(one.ports ?? {}).join(", ") || "–"],
  ["pid", (one) => one.pid ?? "–", true],
  ["restarts", (one) => bad(one.restarts), true],
  ["since", (one) => format.node(one.since, { unit: "ms since 1970" }), true],
  ["why", (one) => {
    const why = one.ready ? "" : whyNot(app, one);
    return h("span.why-not", { title: why || null }, why);
  }],
  ["", (one) => (one.machine ? h("button.button", {
    "data-logs": one.task, "aria-label": `Logs of ${one.task}`,
    onclick: () => showLogs(app, one.task),
  }, "Logs") : null)],
];

/// Why a task is not ready: what its machine says, or what each machine has against it.
function whyNot(app, one) {
  const place = `a place for ${one.task}: `;
  const wait = (app.waits ?? []).find((line) => line.startsWith(place));
  return one.healthReason ?? one.exit ?? wait?.slice(place.length) ?? one.reason ?? "";
}

const serviceColumns = [
  ["service", (one) => h("b", null, one.name)], ["listens", (one) => one.listen ?? "–"],
  ["name in the DNS", (one) => one.host ?? "–"],
  ["to", (one) => `${one.component ?? ""} ${one.port ?? ""}`],
  ["balance", (one) => one.balance ?? "round-robin"],
  ["requests", (one) => num(one.did?.requests), true],
  ["failed", (one) => bad(one.did?.failed), true],
  ["p99 below", (one) => format.node(one.did?.p99Microseconds, { unit: "µs" }), true],
];

/// What a replica says, as it says it, until the sheet is closed.
async function showLogs(app, task) {
  const abort = new AbortController();
  const lines = h("pre.lines", { tabindex: "0", "aria-label": `Output of ${task}` });
  const dialog = h("dialog.sheet.wide", { "aria-label": `Logs of ${task}` },
    h("header.card-head", null, h("h2", null, task),
      h("button.icon-button", { "aria-label": "Close", onclick: () => dialog.close() }, "×")),
    lines);
  dialog.addEventListener("close", () => { abort.abort(); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
  announce(`Logs of ${task}`);
  const address = url(`/v1/apps/${encodeURIComponent(app.app)}/logs`, {
    namespace: app.namespace, task, tail: 200, follow: true,
  });
  try {
    await readStream(address, (name, line) => { if (name === "line") add(lines, line); },
      abort.signal, () => lines.setAttribute("data-open", ""));
    lines.append(h("span.muted", null, "The output has ended.\n"));
  } catch (problem) {
    if (problem.name !== "AbortError") fill(lines, problemCard(problem));
  }
}

function add(lines, line) {
  // Who reads further up is left there.
  const isAtEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
  lines.append(h("span", null, line.text, "\n"));
  while (lines.childElementCount > keptLines) lines.firstElementChild.remove();
  if (isAtEnd) lines.scrollTop = lines.scrollHeight;
}
"""#),
        "/views/browse.js": ("text/javascript; charset=utf-8", #"""
// The table of one type: its own columns, filtered by the node, sorted here, changing live.
import { h, fill, announce, problemCard, empty, throttled } from "../lib/dom.js";
import { getAll } from "../lib/api.js";
import { Subscription } from "../lib/live.js";
import { Rows } from "../lib/rows.js";
import { schema } from "../lib/schema.js";
import { filterBar } from "./filter.js";
import { change, toResource } from "../lib/place.js";
import * as format from "../lib/format.js";
import { columnsOf, widths, valueOf } from "./columns.js";

const narrow = matchMedia("(max-width: 640px)");
const goneFor = 1400;

/// Scroll positions of tables left, so that going back finds the place again.
const left = new Map();

export class BrowseView {
  constructor(main, place, live) {
    Object.assign(this, { place, live });
    this.type = schema.type(place.type);
    this.allColumns = columnsOf(this.type, place);
    this.columns = this.allColumns;
    this.rows = new Map();
    this.flashes = new Map();
    this.timers = new Set();
    this.abort = new AbortController();
    this.settle = throttled(150, () => this.arrange());
    this.build(main);
    this.resized = () => { this.grid.refresh(); this.grid.draw(); };
    narrow.addEventListener("change", this.resized);
    this.ticker = setInterval(() => this.grid.refresh(), 5000);
    this.start();
  }

  start() {
    if (this.place.at) this.readPast();
    else this.subscribe();
  }

  /// Takes a place that differs in filter or order alone; false when the view must be rebuilt.
  update(place) {
    if (["type", "namespace", "at"].some((key) => place[key] !== this.place[key])) return false;
    const isFiltered = place.where !== this.place.where;
    this.place = place;
    this.filter.show(place.where);
    this.grid.view.firstChild.replaceWith(this.heading());
    if (isFiltered) this.restart();
    else this.arrange();
    return true;
  }

  restart() {
    this.subscription?.close();
    this.abort.abort();
    this.abort = new AbortController();
    this.isReady = false;
    fill(this.notice);
    this.start();
  }

  close() {
    left.set(location.hash, this.grid.view.scrollTop);
    narrow.removeEventListener("change", this.resized);
    clearInterval(this.ticker);
    for (const timer of this.timers) clearTimeout(timer);
    this.subscription?.close();
    this.abort.abort();
    this.grid.close();
    this.filter.close();
    this.closed = true;
  }

  build(main) {
    this.grid = new Rows({
      label: `${this.type.name} resources`, height: () => (narrow.matches ? 56 : 30),
      keyOf: (item) => item.id, render: (item, row) => this.render(item, row),
      open: (item) => { this.remember(); location.hash = toResource(item.id); },
      head: this.heading(),
    });
    this.shape([]);
    this.summary = h("span.total", { "aria-live": "off" });
    this.notice = h("div.notice");
    this.filter = filterBar(this.type, this.place);
    fill(main, h("div.browse", null,
      h("header.title", null,
        h("h1", null, this.type.name),
        h("span.tag", { "data-role": this.type.role }, this.type.role),
        this.summary,
        h("p.summary", null, this.type.summary,
          this.type.writer ? h("span.writer", null, ` Written by ${this.type.writer}.`) : null)),
      this.filter.element, this.notice, this.grid.view));
  }

  remember() { left.set(location.hash, this.grid.view.scrollTop); }

  heading() {
    const [field, down] = this.order();
    const mark = down ? "↓" : "↑";
    return h("div.row.head", { role: "row", "aria-rowindex": "1" }, this.columns.map((column) => {
      const sorted = column.key === field;
      return h("div.cell", {
        role: "columnheader", class: column.right ? "right" : "",
        "aria-sort": sorted ? (down ? "descending" : "ascending") : "none",
      }, h("button.sort", {
        title: column.help, "data-sort": column.key,
        onclick: () => change({ sort: (sorted && !down ? "-" : "") + column.key }, true),
      }, column.title, h("span.arrow", { "aria-hidden": "true" }, sorted ? mark : "")));
    }));
  }

  order() {
    const sort = this.place.sort || "name";
    return sort.startsWith("-") ? [sort.slice(1), true] : [sort, false];
  }

  query() {
    const { namespace, where } = this.place;
    return namespace ? { namespace, where } : { all: true, where };
  }

  subscribe() {
    this.subscription = new Subscription({ type: this.type.name, ...this.query() }, {
      state: (state, problem) => this.state(state, problem),
      reset: () => { this.rows.clear(); this.isReady = false; },
      items: (items) => { this.take(items); this.settle(); },
      ready: () => { this.isReady = true; this.arrange(); this.restore(); },
      changes: (batch) => this.apply(batch),
      coalesced: () => announce("Changes came faster than this page took them; some were merged."),
    });
    this.subscription.run();
  }

  async readPast() {
    this.live("past");
    try {
      const query = { ...this.query(), at: this.place.at };
      let isFirst = true;
      const { complete } = await getAll(this.type.name, query, (items) => {
        if (isFirst) this.rows.clear();
        isFirst = false;
        this.take(items);
        this.settle();
      }, this.abort.signal);
      if (!complete) this.note("Only the first 50,000 rows are shown; a filter narrows the list.");
    } catch (problem) {
      if (problem.name !== "AbortError") this.refused(problem);
      return;
    }
    this.isReady = true;
    this.filter.accept();
    this.arrange();
    this.restore();
  }

  take(items) {
    for (const item of items) this.rows.set(item.id, item);
    schema.meet(items.map((item) => item.namespace));
  }

  state(state, problem) {
    this.live(state);
    if (state === "refused") this.refused(problem);
    else if (state === "live") { this.filter.accept(); fill(this.notice); }
  }

  refused(problem) {
    if (this.filter.refuse(problem, this.place.where)) return;
    fill(this.notice, problemCard(problem, () => dispatchEvent(new Event("hashchange"))));
  }

  note(text) { fill(this.notice, h("p.note", null, text)); }

  /// Applies the signed rows of one entry: −1 and +1 of the same identity are one update.
  apply(batch) {
    const now = new Set(batch.rows.filter((row) => row.sign > 0).map((row) => row.resource.id));
    for (const { sign, resource } of batch.rows) {
      if (sign > 0) {
        this.flash(resource.id, this.rows.has(resource.id) ? "changed" : "born");
        this.rows.set(resource.id, resource);
      } else if (!now.has(resource.id)) {
        this.vanish(resource.id);
      }
    }
    this.settle();
  }

  vanish(id) {
    if (!this.rows.has(id)) return;
    const last = this.rows.get(id);
    this.flash(id, "gone");
    this.later(goneFor, () => {
      if (this.rows.get(id) === last) this.rows.delete(id);
      this.settle();
    });
  }

  flash(id, kind) {
    const mark = { kind };
    this.flashes.set(id, mark);
    this.later(goneFor, () => { if (this.flashes.get(id) === mark) this.flashes.delete(id); });
  }

  later(milliseconds, run) {
    const timer = setTimeout(() => { this.timers.delete(timer); run(); }, milliseconds);
    this.timers.add(timer);
  }

  arrange() {
    if (this.closed) return;
    const [field, down] = this.order();
    const column = this.columns.find((one) => one.key === field) ?? this.columns[0];
    const keyed = [...this.rows.values()].map((item) => ({
      item, key: format.sortKey(valueOf(item, column)), name: format.sortKey(item.name),
    }));
    const sign = down ? -1 : 1;
    keyed.sort((a, b) => sign * format.compareKeys(a.key, b.key)
      || format.compareKeys(a.name, b.name) || (a.item.id < b.item.id ? -1 : 1));
    const items = keyed.map((one) => one.item);
    this.chooseColumns();
    this.shape(items);
    this.grid.set(items);
    this.total(items.length);
    this.light();
  }

  shape(items) {
    const { template, least } = widths(this.columns, items);
    this.grid.view.style.setProperty("--cols", template);
    this.grid.view.style.setProperty("--least", least);
  }

  /// A namespace that all rows share says nothing: its column is left out.
  chooseColumns() {
    let first;
    let several = this.place.sort.endsWith("namespace");
    for (const { namespace } of this.rows.values()) {
      first ??= namespace;
      if (namespace !== first) { several = true; break; }
    }
    const columns = this.allColumns.filter((one) => several || one.key !== "namespace");
    if (columns.length === this.columns.length) return;
    this.columns = columns;
    this.grid.view.firstChild.replaceWith(this.heading());
    this.grid.refresh();
  }

  total(number) {
    const kept = number - [...this.flashes.values()].filter((one) => one.kind === "gone").length;
    this.summary.textContent = this.isReady || number ? format.count(kept) : "…";
    if (!this.place.where && !this.place.namespace && !this.place.at && this.isReady) {
      schema.setCount(this.type.name, kept);
    }
    if (this.isReady && number === 0) {
      const filtered = this.place.where || this.place.namespace;
      fill(this.notice, empty(`No ${this.type.name} here`,
        filtered ? "Nothing matches this filter and namespace." : this.absence()));
    } else if (this.notice.querySelector(".empty")) {
      fill(this.notice);
    }
  }

  absence() {
    return this.place.at ? "There was none at this moment." : "They appear as they are made.";
  }

  /// Lights up the rows that have just changed and are on the screen.
  light() {
    for (const [id, mark] of this.flashes) {
      const element = this.grid.element(id);
      if (!element || mark.lit) continue;
      mark.lit = true;
      element.classList.remove("born", "changed", "gone");
      void element.offsetWidth;
      element.classList.add(mark.kind);
    }
  }

  restore() {
    const top = left.get(location.hash);
    if (top) this.grid.view.scrollTop = top;
    left.delete(location.hash);
    announce(`${this.rows.size} ${this.type.name} resources`);
  }

  render(item, row) {
    const cells = this.columns.map((column, index) => {
      const value = valueOf(item, column);
      return h("div.cell", {
        role: "gridcell", class: `${column.right ? "right " : ""}c-${column.key}`,
      }, index === 0 ? this.name(item) : format.node(value, column.field));
    });
    if (narrow.matches) fill(row, this.folded(item, cells));
    else fill(row, cells);
  }

  name(item) {
    return h("a.name", { href: toResource(item.id), tabindex: "-1", title: item.name }, item.name);
  }

  /// A row at phone width: name and age above, the columns in one line below.
  folded(item, cells) {
    const shown = this.columns.slice(1, -1).map((column) => [column, valueOf(item, column)])
      .filter(([, value]) => value !== null && value !== undefined && value !== "");
    const last = cells[cells.length - 1];
    return [cells[0], last, h("div.cell.folded", { role: "gridcell" },
      shown.map(([column, value]) => h("span.pair", null,
        h("span.key", null, `${column.title} `), format.text(value, column.field))))];
  }
}
"""#),
        "/views/columns.js": ("text/javascript; charset=utf-8", #"""
// What a table shows of a type: name, namespace when there are several, the type's own columns,
// and the age.

const numeric = new Set(["int", "float"]);

/// The columns of a type's table.
export function columnsOf(type, place) {
  const own = type.columns.map((name) => {
    const field = type.fields.get(name);
    return {
      key: name, title: name, field, right: numeric.has(field?.kind),
      help: [field?.summary, field?.unit && `(${field.unit})`].filter(Boolean).join(" "),
    };
  });
  return [
    { key: "name", title: "name", help: "Unique within its namespace and type" },
    place.namespace ? null : { key: "namespace", title: "namespace", help: "Where it lives" },
    ...own,
    {
      key: "created", title: "age", right: true, help: "Since it was created",
      field: { unit: "ms since 1970" },
    },
  ].filter(Boolean);
}

/// What a column shows of a resource.
export function valueOf(resource, column) {
  if (column.key === "name" && !column.field) return resource.name;
  if (column.key === "namespace" && !column.field) return resource.namespace;
  if (column.key === "created" && column.title === "age") {
    return resource.created?.time ? Date.parse(resource.created.time) : null;
  }
  return resource.data?.[column.key];
}

/// The widths as a grid template and the least they need together: each column as wide as what
/// the first rows need, within bounds. Every row is a grid of its own, so no width may depend on
/// what is in one row.
export function widths(columns, items) {
  const sample = items.slice(0, 300);
  let least = 16;
  const template = columns.map((column, index) => {
    let most = column.title.length + 2;
    for (const item of sample) most = Math.max(most, lengthOf(valueOf(item, column), column));
    const letters = Math.min(Math.max(most, 5), index === 0 ? 30 : 34);
    const pixels = Math.min(260, Math.ceil(letters * (index === 0 ? 7.6 : 7.1)) + 22);
    least += pixels;
    return column.right ? `${pixels}px` : `minmax(${pixels}px, ${growth(index, letters)})`;
  }).join(" ");
  return { template, least: `${least}px` };
}

/// Texts share the room that is left; figures keep to themselves.
function growth(index, letters) {
  return index === 0 ? "1.2fr" : letters > 20 ? "2fr" : "1fr";
}

function lengthOf(value, column) {
  if (value === null || value === undefined) return 1;
  if (typeof value === "number") return column.field?.unit ? 9 : String(value).length;
  if (typeof value === "object") return Math.min(40, JSON.stringify(value).length);
  return String(value).length;
}
"""#),
        "/views/detail.js": ("text/javascript; charset=utf-8", #"""
// One resource: its fields at any version, what it is linked to, what was wanted of it, and why
// it is as it is.
import { h, fill, problemCard, settled, card, announce } from "../lib/dom.js";
import { get } from "../lib/api.js";
import { Subscription } from "../lib/live.js";
import { schema } from "../lib/schema.js";
import { isBy, toType } from "../lib/place.js";
import * as format from "../lib/format.js";
import { fieldsCard, diffTable } from "./fields.js";
import { linksCard, comparison, ownerChain } from "./links.js";
import { VersionTrack } from "./versions.js";
import { whyCard } from "./why.js";

export class DetailView {
  constructor(main, place, live) {
    Object.assign(this, { main, place, live, id: place.id });
    this.abort = new AbortController();
    this.slots = {};
    this.again = settled(250, () => this.load());
    this.load();
  }

  close() {
    this.closed = true;
    this.subscription?.close();
    this.track?.close();
    this.abort.abort();
  }

  async load() {
    if (this.closed) return;
    const path = encodeURIComponent(this.id);
    const ask = (what) => get(`/v1/${what}/${path}`, null, this.abort.signal);
    try {
      const [history, links, why] = await Promise.all([
        ask("history"), orNothing(ask("links"), { out: {}, in: {} }),
        orNothing(ask("why"), { chain: [] }),
      ]);
      Object.assign(this, { versions: history.versions, links, why });
    } catch (problem) {
      if (problem.name === "AbortError" || this.closed) return;
      fill(this.main, h("div.detail", null, problemCard(problem, () => this.load())));
      return;
    }
    if (this.closed) return;
    await this.arrive();
  }

  /// Takes a fresh history: builds the page the first time, then only moves it on.
  async arrive() {
    this.versions.sort((left, right) => left.position - right.position);
    if (!this.versions.length) this.versions = await this.onlyVersion();
    const newest = this.versions.length - 1;
    const followed = this.selected === undefined || this.selected === this.newest;
    this.newest = newest;
    if (!this.track) this.build();
    this.track.set(this.versions);
    this.select(followed ? this.startVersion() : this.selected);
    if (!this.place.at) this.watch();
    else this.live("past");
  }

  /// A resource whose history is trimmed away still has its present.
  async onlyVersion() {
    const resource = await get(`/v1/resources/by-id/${encodeURIComponent(this.id)}`, null,
      this.abort.signal);
    return [{
      position: resource.revision, time: resource.created?.time, action: "create", author: "",
      origin: "", reason: "Earlier versions are trimmed.", resource,
    }];
  }

  startVersion() {
    const last = this.versions.findLastIndex((version) =>
      isBy(this.place.at, version.position, Date.parse(version.time)));
    return Math.max(0, last);
  }

  build() {
    const slot = (name) => (this.slots[name] = h(`div.slot.slot-${name}`));
    this.track = new VersionTrack((index) => this.select(index));
    fill(this.main, h("div.detail", null,
      slot("head"), slot("history"),
      h("div.columns", null,
        h("div.column", null, slot("compare"), slot("fields")),
        h("div.column", null, slot("links"), slot("why")))));
    this.slots.history.append(
      card("History", this.track.caption, this.track.element, slot("diff")));
  }

  /// What it was like at the chosen version; a deleted one shows what was last known.
  resourceAt(index) {
    for (let at = index; at >= 0; at -= 1) {
      if (this.versions[at].resource) return this.versions[at].resource;
    }
    return this.versions.find((version) => version.resource)?.resource ?? null;
  }

  select(index) {
    this.selected = Math.max(0, Math.min(index, this.versions.length - 1));
    const version = this.versions[this.selected];
    const resource = this.resourceAt(this.selected);
    const before = this.selected > 0 ? this.versions[this.selected - 1].resource : null;
    if (!resource) {
      fill(this.slots.head, problemCard({ title: "Nothing is left of this resource's history" }));
      return;
    }
    const type = schema.type(resource.type);
    this.track.select(this.selected);
    fill(this.slots.head, this.heading(resource, version, type));
    fill(this.slots.diff, diffTable(before, version, type));
    fill(this.slots.fields, fieldsCard(resource, before, type));
    fill(this.slots.links, linksCard(resource, this.links, type, this.isPast()));
    fill(this.slots.why, whyCard(this.why.chain, version, this.id));
    this.around(resource, type);
    if (schema.shown !== resource.type) schema.show(resource.type);
    document.title = `${resource.type}/${resource.name} · Pisces`;
  }

  isPast() { return this.selected !== this.newest; }

  /// What needs further reads: owners, and the counterpart of a desired or observed resource.
  async around(resource, type) {
    const signal = this.abort.signal;
    const wanted = this.selected;
    const still = () => !this.closed && wanted === this.selected;
    const [owners, compared] = await Promise.all([
      ownerChain(resource, signal), comparison(resource, this.links, type, signal),
    ]);
    if (!still()) return;
    fill(this.slots.head.querySelector(".owners"), owners);
    fill(this.slots.compare, compared);
  }

  heading(resource, version, type) {
    const gone = !version.resource;
    const tags = Object.entries(resource.tags ?? {});
    const cost = Object.entries(resource.cost ?? {});
    return h("header.detail-head", { class: gone ? "is-gone" : "" },
      h("nav.crumbs", { "aria-label": "Where it is" },
        h("a", { href: toType(resource.type) }, resource.type),
        h("span", { "aria-hidden": "true" }, "in"),
        h("a", { href: toType(resource.type, { namespace: resource.namespace }) },
          resource.namespace), h("span.owners")),
      h("h1", null, h("span", null, resource.name),
        h("span.tag", { "data-role": type.role }, type.role),
        gone ? h("span.tag.danger", null, "deleted") : null,
        isBy(this.place.at, version.position, Date.parse(version.time)) ? null
          : h("span.tag.danger", null, "after the moment you look at")),
      h("p.facts", null,
        fact("revision", String(version.position)),
        fact("created", age(resource.created?.time), resource.created?.time),
        fact("changed", age(version.time), version.time),
        copyable(this.id),
        tags.map(([key, value]) => h("span.tag.plain", null, value ? `${key}=${value}` : key)),
        cost.map(([key, value]) => fact(key, format.count(value)))));
  }

  /// Follows changes of this one resource through its type's feed.
  watch() {
    const resource = this.resourceAt(this.newest);
    if (!resource || this.subscription) return;
    const query = { type: resource.type, namespace: resource.namespace, from: "now" };
    this.subscription = new Subscription(query, {
      state: (state) => this.live(state),
      reset: () => this.again(),
      changes: (batch) => {
        if (batch.rows.some((row) => row.resource.id === this.id)) this.again();
      },
    });
    this.subscription.run();
  }

  /// One version back or forth, for the keyboard.
  step(by) {
    if (!this.track) return;
    this.select(this.selected + by);
    announce(`Version ${this.selected + 1} of ${this.versions.length}`);
  }
}

const age = (time) => {
  if (!time) return "–";
  const text = format.age(Date.parse(time));
  return text === "now" ? text : `${text} ago`;
};

const fact = (label, value, time) => h("span.fact", {
  title: time ? format.exact(Date.parse(time)) : null,
}, h("span.label", null, `${label} `), value);

function copyable(id) {
  const button = h("button.id", {
    title: "Copy the identity",
    onclick: async () => {
      await navigator.clipboard?.writeText(id);
      announce("Identity copied");
      button.classList.add("copied");
      setTimeout(() => button.classList.remove("copied"), 900);
    },
  }, id);
  return button;
}

async function orNothing(reading, nothing) {
  try {
    return await reading;
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return nothing;
  }
}
"""#),
        "/views/fields.js": ("text/javascript; charset=utf-8", #"""
// The fields of a resource with units and meanings, and the difference between two versions.
import { h, card, empty } from "../lib/dom.js";
import * as format from "../lib/format.js";

/// The names to show: the type's own order first, then what the data has beyond it.
function fieldNames(type, ...datas) {
  const names = [...type.fields.keys()];
  for (const data of datas) {
    for (const name of Object.keys(data ?? {})) if (!names.includes(name)) names.push(name);
  }
  return names;
}

/// All fields at the version chosen; those it changed are marked.
export function fieldsCard(resource, before, type) {
  const data = resource.data ?? {};
  const names = fieldNames(type, data);
  const known = names.filter((name) => data[name] !== undefined);
  const absent = names.filter((name) => data[name] === undefined);
  const list = h("dl.fields-list", null, known.map((name) => {
    const field = type.fields.get(name);
    const changed = before && !same(before.data?.[name], data[name]);
    return h("div.field", { class: changed ? "is-changed" : "" },
      h("dt", { title: field?.summary }, name,
        field?.unit && !/since 1970/.test(field.unit)
          ? h("span.unit-of", null, field.unit) : null),
      h("dd", null, whole(data[name], field),
        field?.summary ? h("p.meaning", null, field.summary) : null));
  }));
  return card("Fields", h("span.muted", null, String(known.length)),
    known.length ? list : empty("It has no fields"),
    absent.length ? h("p.absent", null, "Not set: ", absent.join(", ")) : null);
}

/// A value in full: instants with both forms, lists and maps laid out.
export function whole(value, field) {
  const instant = format.instantOf(value, field?.unit);
  if (instant !== null) {
    return h("span", null, format.exact(instant), h("span.unit", null,
      `  ${format.age(instant)} ago`));
  }
  if (Array.isArray(value)) return list(value, field);
  if (value && typeof value === "object") {
    return h("dl.nested", null, Object.entries(value).map(([key, one]) =>
      h("div", null, h("dt", null, key), h("dd", null, whole(one)))));
  }
  if (typeof value === "number" && field?.unit) {
    const raw = /^(bytes|kib|ms|s|ns|µs|us)$/i.test(field.unit) && Math.abs(value) >= 1000;
    return h("span", null, format.node(value, field),
      raw ? h("span.raw", null, format.count(value)) : null);
  }
  if (value === "") return h("span.none", null, "empty");
  return format.node(value, field);
}

function list(values, field) {
  if (!values.length) return h("span.none", null, "none");
  if (values.every((one) => typeof one !== "object" && String(one).length < 40)) {
    return h("span.list", null, values.map((one) => h("code", null, format.text(one, field))));
  }
  if (values.every((one) => one && typeof one === "object" && !Array.isArray(one))) {
    return records(values);
  }
  return h("ul.nested-list", null, values.map((one) => h("li", null, whole(one, field))));
}

/// A list of maps, such as the fields of a type: a row each, the name first and prose last.
function records(values) {
  const place = (key) => (key === "name" ? 0 : key === "summary" || key === "why" ? 2 : 1);
  const keys = [...new Set(values.flatMap(Object.keys))]
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return h("div.records", null, h("table", null,
    h("thead", null, h("tr", null, keys.map((key) => h("th", { scope: "col" }, key)))),
    h("tbody", null, values.map((one) =>
      h("tr", null, keys.map((key) => h("td", null, key in one ? whole(one[key]) : "")))))));
}

export function same(left, right) {
  if (left === right) return true;
  return JSON.stringify(left ?? null) === JSON.stringify(right ?? null);
}

/// What the version changed: field, before, after.
export function diffTable(before, version, type) {
  const after = version.resource;
  if (version.action === "create" || !before) {
    return h("p.diff-note", null, h("span.act.create", null, "created"),
      " with the fields below", reasonOf(version));
  }
  if (!after) {
    return h("p.diff-note", null, h("span.act.delete", null, "deleted"), reasonOf(version));
  }
  const changed = [
    ...fieldNames(type, before.data, after.data)
      .map((name) => [name, before.data?.[name], after.data?.[name], type.fields.get(name)]),
    ["owner", before.owner, after.owner], ["tags", before.tags, after.tags],
    ["links", before.links, after.links], ["cost", before.cost, after.cost],
  ].filter(([, old, now]) => !same(old, now));
  if (!changed.length) return h("p.diff-note", null, "No field changed", reasonOf(version));
  return h("div.diff", { role: "table", "aria-label": "Changed by this version" },
    changed.map(([name, old, now, field]) => h("div.diff-row", { role: "row" },
      h("span.diff-name", { role: "rowheader" }, name),
      h("del", { role: "cell" }, value(old, field, now)),
      h("span.to", { "aria-hidden": "true" }, "→"),
      h("ins", { role: "cell" }, value(now, field, old)))));
}

const reasonOf = (version) => (version.reason ? `: ${version.reason}` : "");

/// A value of the difference; in full where rounding would make both sides look the same.
function value(one, field, other) {
  if (one === undefined || one === null) return h("span.none", null, "not set");
  if (typeof one === "number" && format.text(one, field) === format.text(other, field)) {
    return h("span.num", null, one.toLocaleString("en"),
      field?.unit ? h("span.unit", null, ` ${field.unit}`) : null);
  }
  return format.node(one, field);
}
"""#),
        "/views/filter.js": ("text/javascript; charset=utf-8", #"""
// The filter of a table: the node's own `--where` language, its errors at their column, the
// fields one can ask for, and the namespace.
import { h, fill, icon, settled } from "../lib/dom.js";
import { schema } from "../lib/schema.js";
import { change } from "../lib/place.js";

/// The bar over the table: {element, show(where), accept(), refuse(problem, where), close()}.
export function filterBar(type, place) {
  const error = h("div.filter-error", { id: "filter-error", role: "alert" });
  const input = h("input", {
    id: "filter", type: "search", value: place.where, spellcheck: "false", autocomplete: "off",
    autocapitalize: "off", placeholder: `Filter, as in ${example(type)}`,
    "aria-label": "Filter", "aria-describedby": "filter-error", enterkeyhint: "search",
  });
  const fields = fieldPicker(type, input);
  const apply = () => change({ where: input.value.trim() }, true);
  const soon = settled(600, () => { if (looksWhole(input.value)) apply(); });
  input.addEventListener("input", soon);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") apply();
    else if (event.key === "Escape") { if (input.value) { input.value = ""; apply(); } }
    else if (event.key === "ArrowDown") document.querySelector(".rows")?.focus();
    else return;
    event.preventDefault();
  });
  const picker = namespacePicker(place);
  const healthy = healthChip(type, place);
  const box = h("div.filter-box", null,
    icon("M2 3.5h12L9.5 9v3l-3 2V9z"), input, fields.button);
  const element = h("div.filter", null,
    h("div.filter-line", null, box, healthy, picker.element),
    error, fields.list);
  return {
    element, close: picker.close,
    show: (where) => {
      if (input.value.trim() !== where) input.value = where;
      healthy?.setAttribute("aria-pressed", String(where === type.health));
    },
    accept: () => { fill(error); input.removeAttribute("aria-invalid"); },
    refuse: (problem, where) => refuse(problem, where, input, error),
  };
}

/// A filter without an operator, or that ends in one, is still being typed.
const looksWhole = (text) => !text.trim() || (/[=<>]|\b(contains|in|with|is)\b/i.test(text)
  && !/([=<>]|\b(and|or|not|in|is|contains|with))\s*$/i.test(text));

function example(type) {
  const fields = [...type.fields.values()];
  const size = fields.find((field) => field.unit === "bytes");
  if (size) return `${size.name} > 100MB`;
  const word = fields.find((field) => field.oneOf?.length);
  if (word) return `${word.name} = '${word.oneOf[0]}'`;
  const text = fields.find((field) => field.kind === "text");
  return text ? `${text.name} contains 'a'` : "name = 'a'";
}

/// Shows what the node says of the filter, with a mark under the column it names.
function refuse(problem, where, input, error) {
  if (!where || problem.status === 0 || problem.status >= 500) return false;
  input.setAttribute("aria-invalid", "true");
  const column = problem.column();
  const mark = column && column <= where.length + 1
    ? h("pre.caret", { "aria-hidden": "true" }, where + "\n" + " ".repeat(column - 1) + "^")
    : null;
  fill(error, mark, h("span", null, problem.detail ?? problem.title),
    problem.remedy ? h("span.remedy", null, ` ${problem.remedy}`) : null);
  return true;
}

function healthChip(type, place) {
  if (!type.health) return null;
  const chip = h("button.chip-button", {
    "aria-pressed": String(place.where === type.health),
    title: `Only those where ${type.health}`,
    onclick: () => {
      const on = chip.getAttribute("aria-pressed") === "true";
      change({ where: on ? "" : type.health }, true);
    },
  }, "Healthy only");
  return chip;
}

/// The type's fields with kind and unit; choosing one writes it into the filter.
function fieldPicker(type, input) {
  const put = (name) => {
    const { selectionStart: start, selectionEnd: end, value } = input;
    const space = start > 0 && value[start - 1] !== " " ? " " : "";
    input.setRangeText(`${space}${name} `, start, end, "end");
    input.focus();
  };
  const list = h("div.fields", { id: "filter-fields", hidden: true },
    [{ name: "name", kind: "text", summary: "Its name" }, ...type.fields.values()].map((field) =>
      h("button.field-chip", { title: field.summary, onclick: () => put(field.name) },
        field.name, h("small", null, ` ${field.unit ?? field.kind}`),
        field.indexed ? h("small.indexed", { title: "Has an index" }, " ●") : null)));
  const button = h("button.fields-button", {
    "aria-expanded": "false", "aria-controls": "filter-fields", title: "Fields one can ask for",
    onclick: () => {
      list.hidden = !list.hidden;
      button.setAttribute("aria-expanded", String(!list.hidden));
    },
  }, "Fields");
  return { button, list };
}

function namespacePicker(place) {
  const select = h("select", {
    "aria-label": "Namespace", onchange: () => change({ namespace: select.value || null }, true),
  });
  const draw = () => {
    const known = new Set(schema.namespaces);
    if (place.namespace) known.add(place.namespace);
    fill(select, h("option", { value: "" }, "All namespaces"),
      [...known].sort().map((path) => h("option", null, path)));
    select.value = place.namespace ?? "";
  };
  draw();
  schema.addEventListener("namespaces", draw);
  return {
    element: h("label.namespace", null, select),
    close: () => schema.removeEventListener("namespaces", draw),
  };
}
"""#),
        "/views/links.js": ("text/javascript; charset=utf-8", #"""
// What a resource is connected to, as chips to follow; its owners; and desired beside observed.
import { h, card, empty } from "../lib/dom.js";
import { get } from "../lib/api.js";
import { schema } from "../lib/schema.js";
import { toResource } from "../lib/place.js";
import * as format from "../lib/format.js";
import { same } from "./fields.js";

const chipsAtFirst = 24;
const ownersMost = 8;
const counterpartsMost = 3;

/// A chip that leads to a resource; one that is gone shows its identity.
export function chip(stub) {
  const role = stub.type ? schema.type(stub.type).role : null;
  return h("a.chip", {
    href: toResource(stub.id), title: stub.namespace ? `${stub.namespace} · ${stub.id}` : stub.id,
  }, h("i.role", { "data-role": role ?? "none" }), stub.type
    ? [h("span.chip-type", null, `${stub.type}/`), stub.name]
    : [`…${stub.id.slice(-8)}`, h("span.chip-type", null, " not here")]);
}

/// Links both ways. An older version's own links are shown as they were then.
export function linksCard(resource, links, type, isPast) {
  const outward = isPast ? linksThen(resource, links) : links.out ?? {};
  const sections = [
    ...Object.entries(outward).map(([relation, stubs]) => section(relation, stubs, "→", type)),
    ...Object.entries(links.in ?? {}).map(([relation, stubs]) => section(relation, stubs, "←")),
  ];
  return card("Links", isPast ? h("span.muted", null, "inward: as of now") : null,
    sections.length ? h("div.links", null, sections) : empty("It is linked to nothing"));
}

function linksThen(resource, links) {
  const known = new Map(Object.values(links.out ?? {}).flat().map((stub) => [stub.id, stub]));
  return Object.fromEntries(Object.entries(resource.links ?? {}).map(([relation, ids]) =>
    [relation, ids.map((id) => known.get(id) ?? { id })]));
}

function section(relation, stubs, arrow, type) {
  const meaning = type?.relations.find((one) => one.name === relation)?.summary;
  const more = stubs.length - chipsAtFirst;
  const chips = h("div.chips", null, stubs.slice(0, chipsAtFirst).map(chip));
  if (more > 0) {
    const button = h("button.chip-button", {
      onclick: () => { button.replaceWith(...stubs.slice(chipsAtFirst).map(chip)); },
    }, `${format.count(more)} more`);
    chips.append(button);
  }
  return h("div.relation", null,
    h("h3", { title: meaning ?? null },
      h("span.arrow", { "aria-label": arrow === "→" ? "to" : "from" }, arrow), relation,
      h("span.count", null, stubs.length > 1 ? format.count(stubs.length) : "")), chips);
}

async function byId(id, signal) {
  try {
    return await get(`/v1/resources/by-id/${encodeURIComponent(id)}`, null, signal);
  } catch {
    return null; // A link may dangle: its chip then shows the identity.
  }
}

/// The owners of a resource, from the nearest to the first.
export async function ownerChain(resource, signal) {
  const chain = [];
  let owner = resource.owner;
  while (owner && chain.length < ownersMost) {
    const found = await byId(owner, signal);
    const stub = found ?? { id: owner };
    if (chain.some((one) => one.id === stub.id)) break;
    chain.push(stub);
    owner = found?.owner;
  }
  return chain.map((stub) => [h("span", null, " owned by "), chip(stub)]);
}

/// Desired beside observed, for linked resources of the other role. Null when there is none.
export async function comparison(resource, links, type, signal) {
  if (type.role === "system") return null;
  const other = type.role === "desired" ? "observed" : "desired";
  const seen = new Set();
  const stubs = [...Object.values(links.out ?? {}), ...Object.values(links.in ?? {})].flat()
    .filter((stub) => stub.type && schema.type(stub.type).role === other
      && !seen.has(stub.id) && seen.add(stub.id));
  const partners = (await Promise.all(stubs.slice(0, counterpartsMost)
    .map((stub) => byId(stub.id, signal)))).filter(Boolean);
  if (!partners.length) return null;
  return partners.map((partner) => {
    const [desired, observed] = type.role === "desired" ? [resource, partner] : [partner, resource];
    return beside(desired, observed, resource);
  });
}

/// A limit wanted and an amount used share a name and still are not meant to be equal.
const comparable = (left, right) => left.kind === right.kind && !left.unit && !right.unit;

function beside(desired, observed, self) {
  const wanted = schema.type(desired.type);
  const found = schema.type(observed.type);
  const names = [...new Set([
    ...[...wanted.fields.keys()].filter((name) => found.fields.has(name)),
    ...wanted.columns, ...found.columns,
  ])].filter((name) => desired.data?.[name] !== undefined || observed.data?.[name] !== undefined);
  const head = (resource, label) => h("th", { scope: "col" }, h("span.label", null, label),
    resource === self ? h("span.self", null, `${resource.type}/${resource.name}`) : chip(resource));
  const cell = (resource, type, name) => h("td", null, type.fields.has(name)
    ? format.node(resource.data?.[name], type.fields.get(name)) : "");
  return card("Desired beside observed", null, h("table.beside", null,
    h("thead", null, h("tr", null, h("td"), head(desired, "Desired"), head(observed, "Observed"))),
    h("tbody", null, names.map((name) => {
      const both = wanted.fields.has(name) && found.fields.has(name);
      const differs = both && comparable(wanted.fields.get(name), found.fields.get(name))
        && !same(desired.data?.[name], observed.data?.[name]);
      return h("tr", { class: differs ? "differs" : "" },
        h("th", { scope: "row" }, name,
          differs ? h("span.visually-hidden", null, " differs") : null),
        cell(desired, wanted, name), cell(observed, found, name));
    }))));
}
"""#),
        "/views/log.js": ("text/javascript; charset=utf-8", #"""
// The entries of the logs as they are appended: who, why, what. Newest at the top.
import { h, fill, problemCard, throttled, icon, announce } from "../lib/dom.js";
import { Rows } from "../lib/rows.js";
import { Tail, keyOf } from "../lib/tail.js";
import { change, toResource } from "../lib/place.js";
import * as format from "../lib/format.js";
import { command, origin } from "./why.js";

const narrow = matchMedia("(max-width: 640px)");
const shownCommands = 8;

export class LogView {
  constructor(main, place, live) {
    Object.assign(this, { place, live });
    this.arrange = throttled(120, () => this.draw());
    const logs = place.log ? [place.log] : ["fleet", "machine"];
    this.tail = new Tail(logs, {
      changed: () => this.arrange(), state: (state, problem) => this.state(state, problem),
    });
    this.build(main);
    this.resized = () => this.grid.refresh();
    narrow.addEventListener("change", this.resized);
    this.start();
  }

  close() {
    this.closed = true;
    narrow.removeEventListener("change", this.resized);
    this.tail.close();
    this.grid.close();
  }

  async start() {
    try {
      if (this.place.at) {
        this.live("past");
        await this.tail.past(this.place.at);
        this.draw();
      } else {
        await this.tail.follow();
      }
    } catch (problem) {
      if (problem.name !== "AbortError") this.state("refused", problem);
    }
  }

  state(state, problem) {
    this.live(state);
    if (problem) {
      fill(this.notice, problemCard(problem, () => dispatchEvent(new Event("hashchange"))));
    }
  }

  build(main) {
    this.grid = new Rows({
      label: "Log entries", height: () => (narrow.matches ? 58 : 30), keyOf,
      render: (entry, row) => this.render(entry, row), open: (entry) => this.show(entry),
      head: h("div.row.head.log-row", { role: "row" },
        ["position", "time", "author", "origin", "commands"].map((title, index) =>
          h("div.cell", { role: "columnheader", class: index === 0 ? "right" : "" }, title))),
    });
    this.grid.view.classList.add("log-rows");
    this.search = h("input", {
      id: "filter", type: "search", placeholder: "Filter by author, origin, reason, type or name",
      "aria-label": "Filter entries", spellcheck: "false", autocomplete: "off",
      oninput: () => this.draw(),
    });
    this.pauseButton = h("button.button", {
      "aria-pressed": "false", "aria-keyshortcuts": "p", onclick: () => this.pause(),
    }, "Pause");
    if (this.place.at) this.pauseButton.hidden = true;
    this.counter = h("span.total");
    this.notice = h("div.notice");
    fill(main, h("div.browse", null,
      h("header.title", null, h("h1", null, "Log"), this.counter,
        h("p.summary", null, "Every change, in the order in which it became durable.")),
      h("div.filter", null, h("div.filter-line", null,
        h("div.filter-box", null, icon("M2 3.5h12L9.5 9v3l-3 2V9z"), this.search),
        this.logPicker(), this.pauseButton)),
      this.notice, this.grid.view));
  }

  logPicker() {
    return h("div.segments", { role: "group", "aria-label": "Which log" },
      [["", "Both"], ["fleet", "Fleet"], ["machine", "Machine"]].map(([log, label]) =>
        h("button", {
          "aria-pressed": String(this.place.log === log), onclick: () => change({ log }, true),
        }, label)));
  }

  pause() {
    const paused = !this.tail.isPaused;
    this.tail.pause(paused);
    this.pauseButton.setAttribute("aria-pressed", String(paused));
    this.draw();
    announce(paused ? "Paused" : "Following");
  }

  matches(entry) {
    const words = this.search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return true;
    const text = [
      entry.author, entry.origin, entry.reason ?? "", entry.log, `@${entry.position}`,
      ...(entry.commands ?? []).map((one) => `${one.action} ${one.type}/${one.name} ${one.id}`),
    ].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  }

  draw() {
    if (this.closed) return;
    const entries = this.tail.order().filter((entry) => this.matches(entry)).reverse();
    const waiting = this.tail.waiting.length;
    this.pauseButton.textContent = !this.tail.isPaused ? "Pause"
      : waiting ? `Resume, ${format.count(waiting)} new` : "Resume";
    const view = this.grid.view;
    const before = this.grid.items.length;
    const away = view.scrollTop > 4;
    this.grid.set(entries);
    // What is being read stays under the eye while entries arrive above it.
    if (away && entries.length > before) {
      view.scrollTop += (entries.length - before) * this.grid.height();
    }
    this.counter.textContent = format.count(entries.length)
      + (this.tail.dropped ? `, ${format.count(this.tail.dropped)} older left out` : "");
  }

  render(entry, row) {
    const commands = entry.commands ?? [];
    const time = Date.parse(entry.time);
    row.classList.add("log-row");
    fill(row,
      cell("right", h("i.role", { "data-role": entry.log === "/" ? "desired" : "observed" }),
        h("span.num", { title: entry.log }, String(entry.position))),
      cell("time", h("time", { title: format.exact(time) }, format.clock(time))),
      cell("author", h("span", { title: entry.author }, entry.author)),
      cell("origin-cell", origin(entry.origin)),
      cell("commands", commands.slice(0, shownCommands).map((one) => command(one)),
        commands.length > shownCommands
          ? h("span.muted", null, `${commands.length - shownCommands} more`) : null,
        entry.reason ? h("span.reason", null, entry.reason) : null));
  }

  /// One entry in full; its resources are a step away.
  show(entry) {
    const dialog = h("dialog.sheet", { "aria-label": `Entry ${entry.position}` },
      h("header.card-head", null, h("h2", null, `${entry.log} @${entry.position}`),
        h("button.icon-button", { "aria-label": "Close", onclick: () => dialog.close() }, "×")),
      h("dl.why", null,
        pair("When", format.exact(Date.parse(entry.time))), pair("Author", entry.author),
        pair("Origin", origin(entry.origin)),
        entry.reason ? pair("Reason", entry.reason) : null),
      h("ul.entry-commands", null, (entry.commands ?? []).slice(0, 500).map((one) => h("li", null,
        h("a", { href: one.id ? toResource(one.id) : null, onclick: () => dialog.close() },
          h("span.act", { class: one.action }, one.action), ` ${one.type}/${one.name}`)))),
      h("footer", null, h("button.button", {
        onclick: () => { dialog.close(); change({ view: "browse", at: entry.time }); },
      }, "Look at this moment")));
    dialog.addEventListener("close", () => { dialog.remove(); this.grid.view.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  }
}

const cell = (name, ...children) => h("div.cell", { role: "gridcell", class: name }, ...children);
const pair = (label, value) => h("div", null, h("dt", null, label), h("dd", null, value));
"""#),
        "/views/palette.js": ("text/javascript; charset=utf-8", #"""
// Jump to anything by typing: a view, a type, an address such as process/4711 or
// /machines/pi-2/process/4711, or an identity.
import { h, fill, byId } from "../lib/dom.js";
import { get } from "../lib/api.js";
import { schema } from "../lib/schema.js";
import { hashOf, read, toResource, toType } from "../lib/place.js";

const shownMost = 40;
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/i;
const names = new Map();

/// Every reading of an address: a name may hold slashes, so each type name in it may be the type.
export function addresses(text, types) {
  const isWhole = text.startsWith("/");
  const parts = text.split("/");
  const found = [];
  for (let at = isWhole ? 1 : 0; at < parts.length - 1; at += 1) {
    if (!types.has(parts[at])) continue;
    const name = parts.slice(at + 1).join("/");
    const namespace = parts.slice(0, at).join("/") || (isWhole ? "/" : null);
    if (name && (isWhole || at === 0)) found.push({ type: parts[at], namespace, name });
  }
  return found;
}

/// Opens the palette; `run` commands are those of the page itself.
export function openPalette(commands) {
  if (document.querySelector("dialog.palette")) return;
  const before = document.activeElement;
  const list = h("ul.options", { id: "palette-options", role: "listbox", "aria-label": "Results" });
  const input = h("input", {
    type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-options",
    "aria-label": "Jump to", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    placeholder: "Type, address such as process/4711, or identity",
  });
  const dialog = h("dialog.palette", { "aria-label": "Jump" }, input, list,
    h("footer", null, h("span", null, h("kbd", null, "↑"), h("kbd", null, "↓"), " choose"),
      h("span", null, h("kbd", null, "Tab"), " complete"),
      h("span", null, h("kbd", null, "Enter"), " go")));
  const palette = new Palette(dialog, input, list, commands);
  dialog.addEventListener("close", () => { dialog.remove(); before?.focus?.(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  byId("overlay").append(dialog);
  dialog.showModal();
  palette.suggest();
}

class Palette {
  constructor(dialog, input, list, commands) {
    Object.assign(this, { dialog, input, list, commands, chosen: 0, options: [] });
    input.addEventListener("input", () => { this.chosen = 0; this.suggest(); });
    input.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const length = Math.max(1, this.options.length);
      this.chosen = (this.chosen + step + length) % length;
      this.mark();
    } else if (event.key === "Enter") {
      this.go();
    } else if (event.key === "Tab" && this.options[this.chosen]?.complete) {
      this.input.value = this.options[this.chosen].complete;
      this.chosen = 0;
      this.suggest();
    } else {
      return;
    }
    event.preventDefault();
  }

  async suggest() {
    const text = this.input.value.trim();
    this.show(this.matches(text));
    const [address] = addresses(text.includes("/") ? `${text} ` : "", schema.types);
    if (!address) return;
    await this.learn(address.type);
    if (this.dialog.open && this.input.value.trim() === text) this.show(this.matches(text));
  }

  matches(text) {
    const low = text.toLowerCase();
    const resources = this.resources(text);
    const types = [...schema.types.values()]
      .filter((type) => type.name.includes(low.replace(/\/$/, "")))
      .sort((a, b) => b.name.startsWith(low) - a.name.startsWith(low)
        || (a.name < b.name ? -1 : 1))
      .map((type) => ({
        label: type.name, kind: type.role, role: type.role, note: type.summary,
        href: toType(type.name), complete: `${type.name}/`,
      }));
    const views = this.commands.filter((one) => one.label.toLowerCase().includes(low));
    const identity = ulid.test(text)
      ? [{ label: text, kind: "identity", href: toResource(text.toUpperCase()) }] : [];
    return [...identity, ...resources, ...types, ...views].slice(0, shownMost);
  }

  resources(text) {
    const [address] = addresses(text.endsWith("/") ? `${text} ` : text, schema.types);
    if (!address) return [];
    const known = names.get(address.type)?.items ?? [];
    const wanted = address.name.trim().toLowerCase();
    return known.filter((item) => item.name.toLowerCase().includes(wanted)
        && (!address.namespace || item.namespace === address.namespace))
      .sort((a, b) => rank(a, wanted) - rank(b, wanted))
      .map((item) => ({
        label: `${item.type}/${item.name}`, kind: item.namespace, note: "",
        role: schema.type(item.type).role, href: toResource(item.id),
        complete: `${item.type}/${item.name}`,
      }));
  }

  /// The names of a type, read once in ten seconds.
  async learn(type) {
    const known = names.get(type);
    if (known && performance.now() - known.read < 10_000) return;
    try {
      const path = `/v1/resources/${encodeURIComponent(type)}`;
      const { items } = await get(path, { all: true, limit: 1000, at: read().at });
      names.set(type, { items, read: performance.now() });
    } catch {
      // Without names the address can still be gone to as typed.
    }
  }

  show(options) {
    this.options = options;
    this.chosen = Math.min(this.chosen, Math.max(0, options.length - 1));
    fill(this.list, options.map((option, index) => h("li", {
      role: "option", id: `option-${index}`,
      onclick: () => { this.chosen = index; this.go(); },
      onpointermove: () => { if (this.chosen !== index) { this.chosen = index; this.mark(); } },
    }, h("i.role", { "data-role": option.role ?? "none" }),
    h("span.option-label", null, option.label),
    option.note ? h("span.note", null, option.note) : null,
    h("span.kind", null, option.kind))),
    options.length ? null : h("li.nothing", null, "Enter goes to this address"));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((element, index) => {
      const here = index === this.chosen && this.options.length > 0;
      element.setAttribute("aria-selected", String(here));
      if (here) element.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", `option-${this.chosen}`);
  }

  async go() {
    const option = this.options[this.chosen];
    const text = this.input.value.trim();
    const exact = option && (option.label === text || !text.includes("/"));
    const found = exact ? null : await lookUp(text);
    const href = found ? toResource(found.id) : option?.href;
    if (!href && !option?.run) {
      fill(this.list,
        h("li.nothing", { role: "alert" }, `Nothing is at ${text || "an empty address"}`));
      return;
    }
    this.dialog.close();
    if (href) location.hash = href;
    else option.run();
  }
}

const rank = (item, wanted) => {
  const name = item.name.toLowerCase();
  return name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2;
};

/// Asks the node for an address, in every known namespace when it gives none.
async function lookUp(text) {
  const at = read().at;
  for (const { type, namespace, name } of addresses(text, schema.types)) {
    const places = namespace ? [namespace] : [...schema.namespaces].slice(0, 32);
    for (const place of places) {
      const path = `/v1/resources/${encodeURIComponent(type)}/${encodeURIComponent(name)}`;
      try {
        return await get(path, { namespace: place, at });
      } catch (problem) {
        if (problem.status === 401 || problem.status === 0) return null;
      }
    }
  }
  return null;
}

/// The commands of the page, besides its types and resources.
export const viewCommands = (actions) => [
  { label: "Log", kind: "view", href: hashOf({ view: "log", at: read().at }) },
  { label: "Apps", kind: "view", href: hashOf({ view: "apps", at: read().at }) },
  { label: "Sensors", kind: "view", href: hashOf({ view: "sensors", at: read().at }) },
  { label: "Status", kind: "view", href: hashOf({ view: "status", at: read().at }) },
  ...actions,
];
"""#),
        "/views/sensors.js": ("text/javascript; charset=utf-8", #"""
// What watches the machine: how each sensor learns of changes, what it has seen and may miss.
import { h, fill, card, problemCard } from "../lib/dom.js";
import { get } from "../lib/api.js";
import * as format from "../lib/format.js";
import { table, num, bad, state } from "../lib/listing.js";
import { toType } from "../lib/place.js";

const every = 2000;

export class SensorsView {
  constructor(main, place, live) {
    Object.assign(this, { main, live });
    this.abort = new AbortController();
    this.opened = new Set();
    this.read();
    this.timer = setInterval(() => { if (!document.hidden) this.read(); }, every);
  }

  close() {
    clearInterval(this.timer);
    this.abort.abort();
  }

  async read() {
    try {
      const { items = [] } = await get("/v1/sensors", null, this.abort.signal);
      this.live("live");
      this.draw(items);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.live("retrying");
      if (!this.main.querySelector(".status")) {
        fill(this.main, h("div.status", null, problemCard(problem, () => this.read())));
      }
    }
  }

  draw(sensors) {
    const focused = document.activeElement?.dataset?.sensor;
    fill(this.main, h("div.browse.status-page", null,
      h("header.title", null, h("h1", null, "Sensors"),
        h("p.summary", null, "What watches this machine, how well, and what it may miss.")),
      h("div.status", null,
        card("Now", null, table(columns, sensors, "No sensor runs")),
        card("Contracts", null, sensors.map((one) => this.contract(one))))));
    if (focused) this.main.querySelector(`[data-sensor="${CSS.escape(focused)}"]`)?.focus();
  }

  contract(one) {
    const toggled = (event) =>
      (event.target.open ? this.opened.add(one.name) : this.opened.delete(one.name));
    return h("details.contract", { open: this.opened.has(one.name), ontoggle: toggled },
      h("summary", { "data-sensor": one.name }, h("b", null, one.name), " ",
        h("span.muted", null, one.mechanism ?? "")),
      h("dl", null, [
        ["Kinds", (one.kinds ?? []).map((kind) => [h("a", { href: toType(kind) }, kind), " "])],
        ["Why this mechanism", one.why], ["Privilege", one.privilege],
        ["Without it", one.fallback], ["May miss", one.mayMiss],
      ].map(([name, value]) => [h("dt", null, name), h("dd", null, value || "–")])));
  }
}

const microseconds = (value) => format.node((value ?? 0) / 1000, { unit: "ms" });

const columns = [
  ["sensor", (one) => h("b", null, one.name)], ["state", (one) => state(one.state)],
  ["subjects", (one) => num(one.subjects), true], ["events", (one) => num(one.events), true],
  ["merged", (one) => num(one.merged), true], ["lost", (one) => bad(one.lost), true],
  ["resyncs", (one) => num(one.resyncs), true], ["gaps", (one) => num(one.gaps), true],
  ["drift", (one) => bad(one.drift), true], ["throttled", (one) => bad(one.throttled), true],
  ["lag", (one) => microseconds(one.lagMicroseconds), true],
  ["reading", (one) => microseconds(one.readMicroseconds), true],
  ["cpu", (one) => format.node(one.cpuMilliseconds, { unit: "ms" }), true],
];
"""#),
        "/views/status.js": ("text/javascript; charset=utf-8", #"""
// The node at a glance: what it is, how far its logs are, and whether anything needs attention.
import { h, fill, card, problemCard } from "../lib/dom.js";
import { get } from "../lib/api.js";
import * as format from "../lib/format.js";
import { table, num, bad, state } from "../lib/listing.js";

const every = 2000;

export class StatusView {
  constructor(main, place, live) {
    Object.assign(this, { main, live });
    this.abort = new AbortController();
    this.read();
    this.timer = setInterval(() => { if (!document.hidden) this.read(); }, every);
  }

  close() {
    clearInterval(this.timer);
    this.abort.abort();
  }

  async read() {
    try {
      const status = await get("/v1/status", null, this.abort.signal);
      this.live("live");
      this.draw(status);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.live("retrying");
      if (!this.main.querySelector(".status")) {
        fill(this.main, h("div.status", null, problemCard(problem, () => this.read())));
      }
    }
  }

  draw(status) {
    const { node = {}, logs = [], sensors = [], drivers = [], warnings = [] } = status;
    fill(this.main, h("div.browse.status-page", null,
      h("header.title", null, h("h1", null, "Status"),
        h("p.summary", null, "What this node knows of itself.")),
      h("div.status", null,
        warnings.length ? warningsCard(warnings) : null,
        figures(node, status, logs, sensors),
        card("Logs", null, table(logColumns, logs, "No log is mounted")),
        card("Drivers", null, table(driverColumns, drivers, "No driver runs")))));
  }
}

const warningsCard = (warnings) => h("section.card.warnings", { "aria-label": "Warnings" },
  h("ul", null, warnings.map((one) => h("li", null,
    typeof one === "string" ? one : [one.title ?? one.message ?? one.detail,
      one.remedy ? h("span.remedy", null, ` ${one.remedy}`) : null]))));

function figures(node, status, logs, sensors) {
  const sum = (list, key) => list.reduce((total, one) => total + (one[key] ?? 0), 0);
  const resident = format.bytes(status.memory?.residentBytes ?? 0);
  const written = format.bytes(status.disk?.writtenBytes ?? 0);
  const lag = logs.reduce((most, log) => Math.max(most, lagOf(log)), 0);
  const perDay = perDayOf(node, status);
  return h("div.figures", null,
    figure("Node", node.name ?? "–", "", [node.state, node.version].filter(Boolean).join(", ")),
    figure("Up", ...format.duration((node.uptimeSeconds ?? 0) * 1000), node.id ?? ""),
    figure("Memory", ...resident, "resident"),
    figure("Disk", ...written, perDay ? `written, ${perDay} a day` : "written"),
    figure("Lag", format.count(lag), "", lag === 1 ? "entry to apply" : "entries to apply"),
    figure("Events", format.count(sum(sensors, "events")), "",
      `${format.count(sum(sensors, "lost"))} lost, drift ${format.count(sum(sensors, "drift"))}`,
      sum(sensors, "drift") ? "bad" : ""));
}

/// Bytes a day at the rate since the start; said only once an hour makes it mean something.
function perDayOf(node, status) {
  if (!node.uptimeSeconds || node.uptimeSeconds < 3600) return null;
  const [value, unit] = format.bytes(
    (status.disk?.writtenBytes ?? 0) / node.uptimeSeconds * 86_400);
  return `${value} ${unit}`;
}

const figure = (label, value, unit, note, mood = "") =>
  h("div.figure", { class: mood }, h("span.label", null, label),
    h("strong.num", { title: value }, value, unit ? h("span.unit", null, ` ${unit}`) : null),
    h("span.muted", { title: note }, note));

const lagOf = (log) => Math.max(0, (log.position ?? 0) - (log.applied ?? log.position ?? 0));

const logColumns = [
  ["mount", (log) => h("b", null, log.mount)], ["position", (log) => num(log.position), true],
  ["durable", (log) => num(log.durable), true], ["applied", (log) => num(log.applied), true],
  ["lag", (log) => bad(lagOf(log)), true],
  ["size", (log) => format.node(log.bytes, { unit: "bytes" }), true],
];

const driverColumns = [
  ["driver", (one) => h("b", null, one.name)], ["state", (one) => state(one.state)],
  ["types", (one) => (one.types ?? []).join(", ")],
];
"""#),
        "/views/timebar.js": ("text/javascript; charset=utf-8", #"""
// Time travel for every view: a bar of moments, and a state that cannot be overlooked.
import { h, fill, byId, announce, settled } from "../lib/dom.js";
import { read, change } from "../lib/place.js";
import * as format from "../lib/format.js";

const spans = [["15 min", 15], ["1 h", 60], ["6 h", 360], ["24 h", 1440], ["7 d", 10_080]];
const units = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };
let minutes = 60;

/// Reads "@1234", "-5m" or an instant. An age is turned into its instant, so that the past
/// stays where it is while one looks at it. Null when it is none of them.
export function moment(text, now = Date.now()) {
  const trimmed = text.trim().replace(/^−/, "-");
  if (/^@\d+$/.test(trimmed)) return trimmed;
  if (/^\d{1,9}$/.test(trimmed)) return `@${trimmed}`;
  const ago = /^-(\d+(?:\.\d+)?)\s*([smhd])$/.exec(trimmed);
  if (ago) return new Date(now - Number(ago[1]) * units[ago[2]]).toISOString();
  const time = /^(\d\d:\d\d(:\d\d)?)$/.exec(trimmed);
  const date = new Date(time ? `${new Date(now).toDateString()} ${time[1]}` : trimmed);
  return Number.isNaN(date.getTime()) || !/\d[-:]\d/.test(trimmed) ? null : date.toISOString();
}

/// Wires the bar, and keeps it and the page's colours at the moment looked at.
export function showTime() {
  byId("clock").addEventListener("click", () => toggle());
  addEventListener("hashchange", draw);
  draw();
  setInterval(tick, 1000);
}

/// Back to the present.
export function toNow() {
  change({ at: null });
  announce("Back to now");
}

/// Opens or closes the bar; open, the keyboard is in its field.
export function toggle(open = byId("timebar").hidden) {
  const stays = Boolean(read().at);
  byId("timebar").hidden = !open && !stays;
  byId("clock").setAttribute("aria-expanded", String(open || stays));
  if (open) byId("timebar").querySelector("input[type=text]").focus();
}

function draw() {
  const { at } = read();
  const wasPast = document.documentElement.hasAttribute("data-past");
  document.documentElement.toggleAttribute("data-past", Boolean(at));
  if (wasPast && !at && !byId("timebar").contains(document.activeElement)) toggle(false);
  if (!byId("timebar").firstChild) build();
  fill(byId("timebar").querySelector(".band"),
    at ? past(at) : h("span.bar-label", null, "Look at"));
  follow(at);
  if (at) byId("timebar").hidden = false;
  tick();
}

/// Moves the slider to the moment, unless a hand is on it.
function follow(at) {
  const range = byId("timebar").querySelector("input[type=range]");
  if (document.activeElement === range && at) return;
  const ago = at && !at.startsWith("@") ? (Date.now() - Date.parse(at)) / 1000 : 0;
  range.value = String(-Math.min(minutes * 60, ago));
  byId("timebar").querySelector(".slider-value").textContent = "";
}

function tick() {
  const { at } = read();
  if (at) byId("clock-text").textContent = short(at);
  const ago = byId("timebar").querySelector(".ago");
  if (ago && at && !at.startsWith("@")) ago.textContent = `${format.age(Date.parse(at))} ago`;
}

const short = (at) => (at.startsWith("@") ? at : format.clock(Date.parse(at), true).slice(0, -4));

function build() {
  const bar = byId("timebar");
  const track = slider();
  fill(bar, h("div.band"), track, span(track), entry(),
    ["-1m", "-5m", "-1h"].map((ago) => h("button.chip-button.ago-button", {
      onclick: () => change({ at: moment(ago) }),
    }, ago.replace("-", "−"))));
}

function past(at) {
  return h("div.past", null,
    h("strong", null, "You are looking at the past"),
    h("span.past-at", null, at.startsWith("@") ? `position ${at.slice(1)}`
      : format.clock(Date.parse(at), true)),
    h("span.ago"),
    h("button.button.now", { onclick: toNow, "aria-keyshortcuts": "n" }, "Return to now",
      h("kbd", null, "n")));
}

/// A track from the span's start to now; it re-reads once the hand rests.
function slider() {
  const output = h("output.slider-value");
  const go = settled(180, (seconds) =>
    change({ at: seconds ? moment(`-${seconds}s`) : null }, true));
  const range = h("input", {
    type: "range", max: "0", "aria-label": "Moment, before now",
    oninput: () => {
      const seconds = -Number(range.value);
      const [figure, unit] = format.duration(seconds * 1000);
      const label = seconds === 0 ? "now" : `${figure} ${unit}`.trim() + " ago";
      range.setAttribute("aria-valuetext", label);
      output.textContent = label;
      go(seconds);
    },
  });
  scale(range);
  return h("div.slider", null, range, output);
}

function scale(range) {
  range.min = String(-minutes * 60);
  range.step = String(Math.max(1, minutes / 12));
}

function span(track) {
  const select = h("select", {
    "aria-label": "Span of the slider",
    onchange: () => {
      minutes = Number(select.value);
      scale(track.querySelector("input"));
      follow(read().at);
    },
  }, spans.map(([label, value]) => h("option", { value: String(value) }, label)));
  select.value = String(minutes);
  return select;
}

function entry() {
  const input = h("input.moment", {
    type: "text", placeholder: "@1234, -5m or a time",
    "aria-label": "Position, age or time", spellcheck: "false", autocomplete: "off",
    onkeydown: (event) => {
      if (event.key === "Escape" && !read().at) { toggle(false); byId("clock").focus(); }
      if (event.key !== "Enter") return;
      const found = moment(input.value);
      input.setAttribute("aria-invalid", String(!found));
      if (found) change({ at: found });
      else announce("Not a moment: use a position as @1234, an age as -5m, or a time");
    },
  });
  return input;
}
"""#),
        "/views/types.js": ("text/javascript; charset=utf-8", #"""
// The list at the left: every type with its count, grouped by what it is for.
import { h, fill, byId } from "../lib/dom.js";
import { schema } from "../lib/schema.js";
import { read, toType } from "../lib/place.js";
import { count } from "../lib/format.js";

const headings = { desired: "Desired", observed: "Observed", system: "System" };
const meanings = {
  desired: "What should be. People and handlers write it.",
  observed: "What is. Sensors write it.",
  system: "What Pisces says of itself.",
};

/// Draws the list, and draws it again as types and counts arrive.
export function showTypes() {
  for (const name of ["types", "counts"]) schema.addEventListener(name, draw);
  schema.addEventListener("shown", mark);
  addEventListener("hashchange", mark);
  byId("types").addEventListener("keydown", move);
  draw();
}

function draw() {
  const focused = document.activeElement?.dataset?.type;
  fill(byId("types"), schema.groups().map(({ role, types }) =>
    h("section", { "aria-label": headings[role] },
      h("h2.group", { title: meanings[role] }, h("i.role", { "data-role": role }), headings[role]),
      h("ul", null, types.map(line)))));
  mark();
  if (focused) byId("types").querySelector(`[data-type="${CSS.escape(focused)}"]`)?.focus();
}

function line(type) {
  const known = schema.counts.get(type.name);
  const text = known ? count(known.number) + (known.more ? "+" : "") : "";
  return h("li", null,
    h("a.type", { href: toType(type.name), "data-type": type.name, title: type.summary },
      h("span.type-name", null, type.name),
      h("span.count", { class: known?.number === 0 ? "zero" : "" }, text)));
}

/// Marks the type that is shown; links keep the moment looked at.
function mark() {
  const place = read();
  for (const link of byId("types").querySelectorAll("a.type")) {
    const type = place.view === "detail" ? schema.shown : place.type;
    const here = link.dataset.type === type;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.href = toType(link.dataset.type);
  }
}

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const links = [...byId("types").querySelectorAll("a.type")];
  const next = links[links.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
"""#),
        "/views/versions.js": ("text/javascript; charset=utf-8", #"""
// The history slider: a tick for every version, coloured by what it did. Dragging, arrows, and
// the keys [ and ] choose the version that the page shows.
import { h, fill } from "../lib/dom.js";
import * as format from "../lib/format.js";

export class VersionTrack {
  constructor(choose) {
    this.canvas = h("canvas.ticks", { "aria-hidden": "true" });
    this.range = h("input.version-range", {
      type: "range", min: "0", max: "0", step: "1", "aria-label": "Version",
      oninput: () => choose(Number(this.range.value)),
    });
    this.caption = h("span.version-caption");
    this.ends = h("div.version-ends");
    const step = (by, label, text) => h("button.icon-button", {
      "aria-label": label, title: label, onclick: () => choose(this.selected + by),
    }, text);
    this.back = step(-1, "Older version [", "‹");
    this.forth = step(1, "Newer version ]", "›");
    this.element = h("div.version-track", null, this.back,
      h("div.version-rail", null, this.canvas, this.range, this.ends), this.forth);
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.element);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.draw();
    this.scheme.addEventListener("change", this.redraw);
    addEventListener("pisces-theme", this.redraw);
  }

  close() {
    this.sized.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
    removeEventListener("pisces-theme", this.redraw);
  }

  set(versions) {
    this.versions = versions;
    this.range.max = String(Math.max(0, versions.length - 1));
    this.range.disabled = versions.length < 2;
    const ends = versions.length > 1 ? [versions[0], versions.at(-1)] : [versions[0]];
    fill(this.ends, ends.map((version) => h("time", {
      title: format.exact(Date.parse(version.time)),
    }, format.clock(Date.parse(version.time), true))));
  }

  select(index) {
    this.selected = index;
    const version = this.versions[index];
    const last = this.versions.length - 1;
    this.range.value = String(index);
    this.range.setAttribute("aria-valuetext",
      `${index + 1} of ${last + 1}: ${version.action} at position ${version.position}, `
      + format.clock(Date.parse(version.time), true));
    this.back.disabled = index === 0;
    this.forth.disabled = index === last;
    fill(this.caption, h("span.act", { class: version.action }, past(version.action)),
      ` at ${version.position}, ${format.clock(Date.parse(version.time), true)}`,
      h("span.of", null, ` ${index === last ? "latest" : index + 1} of ${last + 1}`));
    this.draw();
  }

  /// The ticks, drawn: a resource may have thousands of versions.
  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !this.versions) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this.canvas);
    const inks = {};
    for (const action of ["create", "update", "delete"]) {
      inks[action] = style.getPropertyValue(`--tick-${action}`);
    }
    const inset = 5; // Half of the handle, so that ticks stand under it.
    const room = width - inset * 2;
    const last = Math.max(1, this.versions.length - 1);
    const thick = Math.max(1, Math.min(3, room / this.versions.length - 2));
    const resolved = this.inks(inks);
    this.versions.forEach((version, index) => {
      const x = inset + (room * index) / last;
      const here = index === this.selected;
      pen.globalAlpha = index <= this.selected ? 1 : 0.35;
      pen.fillStyle = resolved[version.action] ?? resolved.update;
      pen.fillRect(x - thick / 2, here ? 0 : 6, here ? Math.max(2, thick) : thick,
        here ? height : height - 12);
    });
  }

  /// A canvas takes no light-dark(): the browser resolves it on an element first.
  inks(names) {
    const probe = h("i", { hidden: true });
    this.element.append(probe);
    const found = {};
    for (const [action, ink] of Object.entries(names)) {
      probe.style.color = ink;
      found[action] = getComputedStyle(probe).color;
    }
    probe.remove();
    return found;
  }
}

const past = (action) =>
  ({ create: "created", update: "updated", delete: "deleted" })[action] ?? action;
"""#),
        "/views/why.js": ("text/javascript; charset=utf-8", #"""
// Why a resource is as it is: the entry behind the version chosen, then the chain that led there.
import { h, card } from "../lib/dom.js";
import { hashOf, toResource } from "../lib/place.js";
import * as format from "../lib/format.js";

/// The panel of the version's own entry and the chain of entries, handlers and steps.
export function whyCard(chain, version, self) {
  const steps = [...chain].sort((left, right) => right.position - left.position);
  return card("Why", null,
    h("dl.why", null,
      pair("Entry", String(version.position)),
      pair("When", format.exact(Date.parse(version.time))),
      version.author ? pair("Author", version.author) : null,
      version.origin ? pair("Origin", origin(version.origin)) : null,
      version.reason ? pair("Reason", version.reason) : null),
    steps.length ? h("ol.chain", { "aria-label": "Chain of entries, newest first" },
      steps.map((step) => link(step, version, self))) : null);
}

const pair = (label, value) => h("div", null, h("dt", null, label), h("dd", null, value));

/// A mark that says how an entry came about.
export const origin = (name) => h("span.origin", { "data-origin": name }, name);

const inLog = (step) => hashOf({
  view: "log", log: step.log === "/" ? "fleet" : "machine", at: `@${step.position}`,
});

function link(step, version, self) {
  return h("li", { class: step.position === version.position ? "here" : "" },
    h("div.step-head", null,
      h("a", { href: inLog(step), title: "This entry in its log" },
        h("span.num", null, `${step.log ?? ""}@${step.position}`)),
      h("time", { title: format.exact(Date.parse(step.time)) },
        format.clock(Date.parse(step.time), true)),
      step.author ? h("span.author", null, step.author) : null,
      step.origin ? origin(step.origin) : null),
    step.reason ? h("p.reason", null, step.reason) : null,
    h("div.commands", null, (step.commands ?? []).slice(0, 6).map((one) => command(one, self)),
      step.commands?.length > 6
        ? h("span.muted", null, `${step.commands.length - 6} more`) : null));
}

/// A command in short: what it does, to what.
export function command(one, self) {
  const verb = { create: "+", update: "~", delete: "−" }[one.action] ?? "·";
  return h("a.command", {
    href: one.id ? toResource(one.id) : null, class: one.action + (one.id === self ? " self" : ""),
    title: `${one.action} ${one.type}/${one.name}`,
  }, h("span.verb", { "aria-label": one.action }, verb), `${one.type}/`,
  h("b", null, one.name));
}
"""#),
        "/views.css": ("text/css; charset=utf-8", #"""
/* The views: table, detail, log, status, palette. */

/* Table */
.browse { display: flex; flex-direction: column; flex: 1; min-height: 0; }
.title { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 9px;
  padding: 14px 16px 0; }
.title .total { color: var(--quiet); font-size: 15px; }
.title .summary { color: var(--quiet); max-width: 90ch; }
.filter { padding: 10px 16px; }
.filter-line { display: flex; align-items: center; gap: 8px; }
.filter-box { position: relative; display: flex; flex: 1; align-items: center; min-width: 0; }
.filter-box svg { position: absolute; left: 10px; width: 13px; height: 13px;
  color: var(--faint); pointer-events: none; }
.filter-box input { width: 100%; height: 32px; padding: 0 66px 0 31px; font-family: var(--mono);
  font-size: 12.5px; background: var(--surface); border: 1px solid var(--line-strong);
  border-radius: var(--radius); }
.filter-box input::placeholder { font-family: var(--sans); font-size: 13px; }
.filter-box input:focus-visible { outline-offset: -1px; }
.filter-line select { height: 32px; }
input[type="search"]::-webkit-search-cancel-button { display: none; }
.fields-button { position: absolute; right: 4px; height: 24px; padding: 0 8px;
  border-radius: 5px; color: var(--quiet); font-size: 12px; }
.fields-button:hover, .fields-button[aria-expanded="true"] { background: var(--hover);
  color: var(--ink); }
.fields { display: flex; flex-wrap: wrap; gap: 4px; padding-top: 8px; }
.field-chip { padding: 2px 8px; border-radius: 5px; background: var(--sunk);
  font-family: var(--mono); font-size: 12px; }
.field-chip:hover { background: var(--accent-wash); color: var(--accent); }
.field-chip small { color: var(--quiet); font-family: var(--sans); }
.field-chip small.indexed { color: var(--accent); font-size: 8px; vertical-align: 2px; }
.filter-error { color: var(--bad); padding-left: 31px; }
.filter-error:not(:empty) { padding-top: 6px; }
.caret { font-size: 12.5px; line-height: 1.25; overflow-x: auto; }
.remedy { color: var(--quiet); }

.rows { flex: 1; min-height: 120px; overflow: auto; position: relative;
  border-top: 1px solid var(--line); background: var(--surface); contain: strict; }
/* The current row shows the focus; an outline would be hidden under the rows. */
.rows:focus-visible { outline-color: transparent; outline-offset: -2px; }
.rows:focus-visible .row.head { box-shadow: inset 0 2px 0 var(--accent); }
.rows-body { position: relative; min-width: var(--least); }
.row { display: grid; grid-template-columns: var(--cols); align-items: center; height: 30px;
  padding: 0 8px; }
.rows-body .row { position: absolute; inset: 0 0 auto; contain: layout style; cursor: default;
  border-bottom: 1px solid color-mix(in srgb, var(--line) 55%, transparent); }
.rows-body .row:hover { background: var(--hover); }
.rows:focus-visible .row.current { background: var(--accent-wash);
  box-shadow: inset 3px 0 0 var(--accent); }
.row.head { position: sticky; top: 0; z-index: 2; min-width: var(--least);
  background: var(--surface); border-bottom: 1px solid var(--line); color: var(--quiet);
  font-size: 12px; }
.cell { padding: 0 8px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cell.right { text-align: right; }
.sort { font-weight: 560; color: inherit; white-space: nowrap; border-radius: 3px; }
.sort:hover, [aria-sort="ascending"] .sort, [aria-sort="descending"] .sort { color: var(--ink); }
.sort .arrow { display: inline-block; width: 12px; color: var(--accent); text-align: center; }
.sort .arrow:empty { display: none; }
.name { font-weight: 560; }
.row:hover .name { color: var(--accent); }
.c-namespace, .c-created { color: var(--quiet); }
.row.born { animation: born 1.4s ease-out; }
.row.changed { animation: changed 1.4s ease-out; }
.row.gone { animation: gone 1.4s ease-out forwards; }
@keyframes born { 0%, 30% { background: var(--good-wash); box-shadow: inset 3px 0 0 var(--good); } }
@keyframes changed { 0%, 25% { background: var(--accent-wash); } }
@keyframes gone { 0%, 40% { background: var(--bad-wash); color: var(--bad); opacity: 1;
  text-decoration: line-through; } 100% { opacity: 0; color: var(--bad); } }

/* Detail */
.detail { display: grid; gap: 14px; padding: 14px 16px 32px; align-content: start;
  width: 100%; max-width: 1400px; }
.slot { display: grid; gap: 14px; min-width: 0; }
.slot:empty { display: none; }
.columns { display: grid; grid-template-columns: minmax(0, 1.35fr) minmax(0, 1fr); gap: 14px;
  align-items: start; }
.column { display: grid; gap: 14px; min-width: 0; }
.crumbs { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 6px;
  color: var(--quiet); }
.crumbs > a { color: var(--accent); border-radius: 3px; }
.crumbs > a:hover { text-decoration: underline; text-underline-offset: 2px; }
.detail-head h1 { display: flex; flex-wrap: wrap; align-items: center; gap: 9px; font-size: 22px;
  margin: 3px 0 5px; overflow-wrap: anywhere; }
.detail-head .tag { vertical-align: 0; }
.is-gone h1 > span:first-child { text-decoration: line-through;
  text-decoration-color: var(--bad); text-decoration-thickness: 2px; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: center; }
.label { color: var(--quiet); }
.id { font-family: var(--mono); font-size: 12px; color: var(--quiet); border-radius: 3px; }
.id:hover { color: var(--ink); }
.id.copied { color: var(--good); }

.version-caption { color: var(--quiet); text-align: right; }
.version-caption .of { color: var(--faint); }
.act { font-weight: 600; color: var(--accent); }
.act.create { color: var(--good); }
.act.delete { color: var(--bad); }
.version-track { display: flex; align-items: flex-start; gap: 4px; padding: 10px 10px 6px; }
.version-rail { position: relative; flex: 1; min-width: 0; }
.ticks { display: block; width: 100%; height: 30px; --tick-create: var(--good);
  --tick-update: var(--accent); --tick-delete: var(--bad); }
.version-range { position: absolute; inset: 3px 0 auto; width: 100%; }
input.version-range::-webkit-slider-runnable-track { background: transparent; }
input.version-range::-moz-range-track { background: transparent; }
input.version-range::-webkit-slider-thumb { border-radius: 5px; width: 10px; height: 24px;
  margin: -10px 0 0; background: var(--surface); border: 2px solid var(--accent);
  box-shadow: 0 1px 4px #0003; }
input.version-range::-moz-range-thumb { border-radius: 5px; width: 8px; height: 20px;
  background: var(--surface); border: 2px solid var(--accent); }
.version-ends { display: flex; justify-content: space-between; padding: 0 4px;
  color: var(--faint); font-size: 11.5px; }
.diff { display: grid; border-top: 1px solid var(--line); padding: 6px 14px 8px;
  grid-template-columns: minmax(90px, max-content) minmax(0, max-content) auto minmax(0, 1fr);
  gap: 3px 12px; max-height: 232px; overflow: auto; }
.diff-row { display: contents; }
.diff-name { color: var(--quiet); }
.diff .to { color: var(--faint); }
del, ins { text-decoration: none; border-radius: 3px; padding: 0 5px; overflow-wrap: anywhere;
  justify-self: start; }
del { background: var(--bad-wash); color: var(--bad); }
ins { background: var(--good-wash); color: var(--good); }
del .unit, ins .unit, del .none, ins .none { color: inherit; }
.diff-note { padding: 8px 14px 10px; border-top: 1px solid var(--line); color: var(--quiet); }

.field { display: grid; grid-template-columns: minmax(110px, 168px) minmax(0, 1fr); gap: 14px;
  padding: 6px 14px; border-bottom: 1px solid color-mix(in srgb, var(--line) 60%, transparent); }
.field:last-child { border-bottom: 0; }
.field.is-changed { background: var(--accent-wash); box-shadow: inset 3px 0 0 var(--accent); }
.field dt { color: var(--quiet); overflow-wrap: anywhere; }
.field dt .unit-of { display: block; font-size: 11px; color: var(--faint); }
.field dd { overflow-wrap: anywhere; }
.meaning { color: var(--faint); font-size: 12px; line-height: 1.35; margin-top: 1px; }
.raw { color: var(--faint); margin-left: 10px; }
.list { display: flex; flex-wrap: wrap; gap: 4px; }
.list code { background: var(--sunk); border-radius: 4px; padding: 0 5px; }
.nested > div { display: grid; grid-template-columns: minmax(60px, max-content) minmax(0, 1fr);
  gap: 10px; }
.nested dt { color: var(--quiet); }
.records { overflow-x: auto; }
.records table { border-collapse: collapse; }
.records th { color: var(--quiet); font-weight: normal; text-align: left; }
.records th, .records td { padding: 2px 14px 2px 0; vertical-align: top; }
.records tbody tr { border-top: 1px solid var(--line); }
.nested-list li + li { border-top: 1px dashed var(--line); margin-top: 4px; padding-top: 4px; }
.absent { padding: 8px 14px; border-top: 1px solid var(--line); color: var(--faint);
  font-size: 12px; }

.links { padding: 4px 14px 12px; display: grid; gap: 10px; }
.relation h3 { display: flex; gap: 6px; align-items: baseline; padding: 6px 0 5px;
  font-size: 11.5px; font-weight: 600; color: var(--quiet); letter-spacing: 0.02em; }
.relation .arrow { color: var(--accent); }
.chips { display: flex; flex-wrap: wrap; gap: 5px; }
.chip { display: inline-flex; align-items: center; gap: 6px; max-width: 100%; padding: 2px 9px;
  border: 1px solid var(--line); border-radius: 12px; background: var(--surface);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: middle; }
.chip:hover { border-color: var(--accent); background: var(--accent-wash); }
.chip-type { color: var(--quiet); margin-right: -6px; }
.beside { width: 100%; border-collapse: collapse; }
.beside th, .beside td { padding: 5px 14px; text-align: left; font-weight: 400;
  border-bottom: 1px solid color-mix(in srgb, var(--line) 60%, transparent); }
.beside tr:last-child > * { border-bottom: 0; }
.beside thead .label { display: block; font-size: 11.5px; padding-bottom: 2px; }
.beside .self { font-weight: 560; line-height: 24px; }
.beside tbody th { color: var(--quiet); width: 26%; }
.beside .differs { background: var(--warn-wash); box-shadow: inset 3px 0 0 var(--warn); }
.why { display: grid; gap: 3px; padding: 10px 14px; }
.why > div { display: grid; grid-template-columns: 62px minmax(0, 1fr); gap: 10px; }
.why dt { color: var(--quiet); }
.why dd { overflow-wrap: anywhere; }
.origin { display: inline-block; padding: 0 6px; border-radius: 4px; font-size: 11.5px;
  line-height: 18px; background: var(--sunk); color: var(--quiet); }
.origin[data-origin="command"] { color: var(--desired);
  background: color-mix(in srgb, var(--desired) 12%, transparent); }
.origin[data-origin="intercepted"] { color: var(--observed);
  background: color-mix(in srgb, var(--observed) 12%, transparent); }
.origin[data-origin="resync"] { color: var(--warn); background: var(--warn-wash); }
.chain { padding: 4px 14px 12px 26px; border-top: 1px solid var(--line); max-height: 460px;
  overflow: auto; }
.chain li { position: relative; padding: 7px 0 5px 12px; border-left: 1px solid
  var(--line-strong); }
.chain li::before { content: ""; position: absolute; left: -4.5px; top: 13px; width: 8px;
  height: 8px; border-radius: 50%; background: var(--surface);
  border: 2px solid var(--line-strong); }
.chain li.here::before { border-color: var(--accent); background: var(--accent); }
.step-head { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; }
.step-head a { color: var(--accent); overflow-wrap: anywhere; }
.step-head a:hover { text-decoration: underline; text-underline-offset: 2px; }
.step-head time, .author { color: var(--quiet); }
.reason { color: var(--quiet); }
.command { display: inline-flex; gap: 0; align-items: baseline; color: var(--quiet);
  margin-right: 12px; border-radius: 3px; }
.command b { font-weight: 560; color: var(--ink); }
.command .verb { font-family: var(--mono); width: 14px; font-weight: 700;
  color: var(--accent); }
.command.create .verb { color: var(--good); }
.command.delete .verb { color: var(--bad); }
a.command[href]:hover b { color: var(--accent); text-decoration: underline;
  text-underline-offset: 2px; }

/* Log */
.log-rows { --least: 700px; --cols: 84px 112px minmax(120px, 200px) 104px minmax(260px, 1fr); }
.log-row .time, .log-row .author { color: var(--quiet); }
.log-row .role { margin-right: 8px; vertical-align: 1px; }
.segments { display: flex; border: 1px solid var(--line-strong); border-radius: var(--radius);
  overflow: hidden; background: var(--surface); }
.segments button { height: 30px; padding: 0 11px; color: var(--quiet); }
.segments button + button { border-left: 1px solid var(--line); }
.segments button[aria-pressed="true"] { background: var(--accent-wash); color: var(--accent);
  font-weight: 560; }
.segments button:focus-visible { outline-offset: -2px; }

/* Status */
.status-page { overflow: auto; }
.status { display: grid; gap: 14px; padding: 12px 16px 32px; align-content: start;
  max-width: 1400px; width: 100%; }
.figures { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 1px;
  background: var(--line); border: 1px solid var(--line); border-radius: 9px; overflow: hidden; }
.figure { display: grid; gap: 1px; padding: 11px 14px 12px; background: var(--surface);
  min-width: 0; }
.figure strong { font-size: 20px; font-weight: 600; letter-spacing: -0.015em; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.figure strong .unit { font-size: 13px; font-weight: 450; letter-spacing: 0; }
.figure .muted { overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  font-size: 12px; }
.figure.bad strong { color: var(--bad); }
.warnings { background: var(--warn-wash); border-color: color-mix(in srgb, var(--warn) 45%,
  transparent); padding: 10px 14px; }
.warnings li + li { margin-top: 5px; }
.warnings li { color: var(--warn); }
.table-scroll { overflow-x: auto; }
.table-scroll:focus-visible { outline-offset: -2px; }
.listing { width: 100%; border-collapse: collapse; }
.listing th, .listing td { padding: 6px 14px; text-align: left; white-space: nowrap; }
.listing th { font-size: 12px; font-weight: 560; color: var(--quiet); }
.listing td { border-top: 1px solid color-mix(in srgb, var(--line) 60%, transparent); }
.listing .right { text-align: right; }
.listing b { font-weight: 560; }
.state::before { content: ""; display: inline-block; width: 7px; height: 7px;
  margin-right: 7px; border-radius: 50%; background: var(--warn); }
.state.ok::before { background: var(--good); }

/* Apps */
.app .listing + .listing, .app .table-scroll + .table-scroll { border-top: 1px solid var(--line); }
.app h2 a:hover, .app td a:hover { color: var(--accent); }
.reasons { padding: 8px 14px; border-bottom: 1px solid var(--line); background: var(--warn-wash); }
.reasons b { font-weight: 560; }
.reasons li { overflow-wrap: anywhere; }
.reasons.bad li { color: var(--bad); }
.why-not { display: inline-block; max-width: 46ch; overflow: hidden; text-overflow: ellipsis;
  vertical-align: bottom; color: var(--quiet); }
.lines { margin: 0; padding: 10px 14px; min-height: 160px; max-height: 66vh; overflow: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12.5px; }

/* Dialogs */
dialog { color: var(--ink); background: var(--raised); border: 1px solid var(--line-strong);
  border-radius: 11px; padding: 0; box-shadow: 0 18px 60px #0005; }
dialog::backdrop { background: light-dark(#16202a40, #000a); }
.palette { width: min(620px, calc(100vw - 24px)); margin: 11vh auto auto; }
.palette input { width: 100%; height: 48px; padding: 0 16px; border: 0; background: none;
  font-size: 16px; border-bottom: 1px solid var(--line); outline: none; }
.options { max-height: min(420px, 52vh); overflow: auto; padding: 6px; }
.options li { display: flex; align-items: center; gap: 10px; padding: 6px 10px;
  border-radius: 6px; cursor: default; white-space: nowrap; }
.options li[aria-selected="true"] { background: var(--accent-wash); }
.option-label { font-weight: 560; flex: none; max-width: 60%; overflow: hidden;
  text-overflow: ellipsis; }
.options .note { margin: 0; color: var(--quiet); overflow: hidden; text-overflow: ellipsis; }
.options .kind { margin-left: auto; color: var(--quiet); font-size: 12px; }
.options .nothing { color: var(--quiet); }
.palette footer { display: flex; gap: 16px; padding: 8px 16px; color: var(--quiet);
  font-size: 12px; border-top: 1px solid var(--line); }
.palette footer kbd + kbd { margin-left: 3px; }
.sheet { width: min(520px, calc(100vw - 24px)); max-height: 82vh; }
.sheet.wide { width: min(860px, calc(100vw - 24px)); }
.sheet footer { padding: 10px 14px; border-top: 1px solid var(--line); }
.entry-commands { padding: 6px 14px; border-top: 1px solid var(--line); }
.entry-commands li { padding: 3px 0; overflow-wrap: anywhere; }
.entry-commands a[href]:hover { color: var(--accent); }
.keys { padding: 8px 14px 14px; display: grid; gap: 5px; }
.keys > div { display: grid; grid-template-columns: 76px 1fr; align-items: center; }
.keys dt { display: flex; gap: 3px; }

@media (max-width: 1080px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .figures { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
@media (max-width: 640px) {
  .title { padding: 10px 12px 0; }
  .title .summary { flex-basis: 100%; }
  .filter { padding: 8px 12px; }
  .filter-line { flex-wrap: wrap; }
  .filter-box { flex-basis: 100%; }
  .filter-box input { height: 38px; font-size: 16px; }
  .filter-line select { flex: 1; max-width: none; height: 34px; width: 100%; }
  .namespace { flex: 1; }
  .rows-body, .row.head { min-width: 0; }
  .row.head { display: flex; overflow-x: auto; height: 34px; scrollbar-width: none; }
  .row.head .cell { flex: none; overflow: visible; }
  .rows-body .row { display: flex; flex-wrap: wrap; height: 56px; padding: 7px 12px;
    align-content: center; }
  .rows-body .cell { padding: 0; }
  .rows-body .cell:first-child { flex: 1; font-size: 14px; }
  .rows-body .folded { flex-basis: 100%; color: var(--quiet); font-size: 12.5px; }
  .folded .pair + .pair::before { content: " · "; color: var(--faint); }
  .folded .key { color: var(--faint); }
  .log-rows .row.head { display: none; }
  .rows-body .row.log-row { height: 58px; gap: 0 10px; overflow: hidden; }
  .log-row .cell { min-width: 0; max-width: 100%; }
  .log-row .cell:first-child { flex: none; font-size: 13px; }
  .log-row .author { flex: 1; }
  .log-row .commands { flex-basis: 100%; }
  .detail, .status { padding: 10px 12px 28px; }
  .version-caption { font-size: 12px; }
  .diff { grid-template-columns: minmax(70px, max-content) minmax(0, 1fr) auto minmax(0, 1fr);
    gap: 4px 8px; }
  .field { grid-template-columns: 108px minmax(0, 1fr); padding: 7px 12px; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .palette { margin-top: 8px; }
  .palette footer { display: none; }
  .options .note { display: none; }
  .segments { flex: 1; }
  .segments button { flex: 1; }
}
@media (max-width: 400px) { .version-caption .of { display: none; } }

.contract { border-top: 1px solid var(--line); padding: 6px 14px; }
.contract summary { cursor: pointer; padding: 4px 0; }
.contract dl { display: grid; grid-template-columns: 11rem 1fr; gap: 4px 12px; margin: 6px 0 8px; }
.contract dt { color: var(--quiet); }
.contract dd { margin: 0; }
@media (max-width: 640px) { .contract dl { grid-template-columns: 1fr; } }
"""#),
    ]
}
