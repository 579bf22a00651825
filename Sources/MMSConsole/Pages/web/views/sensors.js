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
