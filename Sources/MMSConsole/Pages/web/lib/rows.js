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
