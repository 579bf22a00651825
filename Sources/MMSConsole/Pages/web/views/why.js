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
