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
