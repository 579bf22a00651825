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
