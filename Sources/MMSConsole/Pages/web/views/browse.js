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
