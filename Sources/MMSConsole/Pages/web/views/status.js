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
