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
