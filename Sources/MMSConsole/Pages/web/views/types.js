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
