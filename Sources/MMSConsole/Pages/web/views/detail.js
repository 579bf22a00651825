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
