// The fields of a resource with units and meanings, and the difference between two versions.
import { h, card, empty } from "../lib/dom.js";
import * as format from "../lib/format.js";

/// The names to show: the type's own order first, then what the data has beyond it.
function fieldNames(type, ...datas) {
  const names = [...type.fields.keys()];
  for (const data of datas) {
    for (const name of Object.keys(data ?? {})) if (!names.includes(name)) names.push(name);
  }
  return names;
}

/// All fields at the version chosen; those it changed are marked.
export function fieldsCard(resource, before, type) {
  const data = resource.data ?? {};
  const names = fieldNames(type, data);
  const known = names.filter((name) => data[name] !== undefined);
  const absent = names.filter((name) => data[name] === undefined);
  const list = h("dl.fields-list", null, known.map((name) => {
    const field = type.fields.get(name);
    const changed = before && !same(before.data?.[name], data[name]);
    return h("div.field", { class: changed ? "is-changed" : "" },
      h("dt", { title: field?.summary }, name,
        field?.unit && !/since 1970/.test(field.unit)
          ? h("span.unit-of", null, field.unit) : null),
      h("dd", null, whole(data[name], field),
        field?.summary ? h("p.meaning", null, field.summary) : null));
  }));
  return card("Fields", h("span.muted", null, String(known.length)),
    known.length ? list : empty("It has no fields"),
    absent.length ? h("p.absent", null, "Not set: ", absent.join(", ")) : null);
}

/// A value in full: instants with both forms, lists and maps laid out.
export function whole(value, field) {
  const instant = format.instantOf(value, field?.unit);
  if (instant !== null) {
    return h("span", null, format.exact(instant), h("span.unit", null,
      `  ${format.age(instant)} ago`));
  }
  if (Array.isArray(value)) return list(value, field);
  if (value && typeof value === "object") {
    return h("dl.nested", null, Object.entries(value).map(([key, one]) =>
      h("div", null, h("dt", null, key), h("dd", null, whole(one)))));
  }
  if (typeof value === "number" && field?.unit) {
    const raw = /^(bytes|kib|ms|s|ns|µs|us)$/i.test(field.unit) && Math.abs(value) >= 1000;
    return h("span", null, format.node(value, field),
      raw ? h("span.raw", null, format.count(value)) : null);
  }
  if (value === "") return h("span.none", null, "empty");
  return format.node(value, field);
}

function list(values, field) {
  if (!values.length) return h("span.none", null, "none");
  if (values.every((one) => typeof one !== "object" && String(one).length < 40)) {
    return h("span.list", null, values.map((one) => h("code", null, format.text(one, field))));
  }
  if (values.every((one) => one && typeof one === "object" && !Array.isArray(one))) {
    return records(values);
  }
  return h("ul.nested-list", null, values.map((one) => h("li", null, whole(one, field))));
}

/// A list of maps, such as the fields of a type: a row each, the name first and prose last.
function records(values) {
  const place = (key) => (key === "name" ? 0 : key === "summary" || key === "why" ? 2 : 1);
  const keys = [...new Set(values.flatMap(Object.keys))]
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return h("div.records", null, h("table", null,
    h("thead", null, h("tr", null, keys.map((key) => h("th", { scope: "col" }, key)))),
    h("tbody", null, values.map((one) =>
      h("tr", null, keys.map((key) => h("td", null, key in one ? whole(one[key]) : "")))))));
}

export function same(left, right) {
  if (left === right) return true;
  return JSON.stringify(left ?? null) === JSON.stringify(right ?? null);
}

/// What the version changed: field, before, after.
export function diffTable(before, version, type) {
  const after = version.resource;
  if (version.action === "create" || !before) {
    return h("p.diff-note", null, h("span.act.create", null, "created"),
      " with the fields below", reasonOf(version));
  }
  if (!after) {
    return h("p.diff-note", null, h("span.act.delete", null, "deleted"), reasonOf(version));
  }
  const changed = [
    ...fieldNames(type, before.data, after.data)
      .map((name) => [name, before.data?.[name], after.data?.[name], type.fields.get(name)]),
    ["owner", before.owner, after.owner], ["tags", before.tags, after.tags],
    ["links", before.links, after.links], ["cost", before.cost, after.cost],
  ].filter(([, old, now]) => !same(old, now));
  if (!changed.length) return h("p.diff-note", null, "No field changed", reasonOf(version));
  return h("div.diff", { role: "table", "aria-label": "Changed by this version" },
    changed.map(([name, old, now, field]) => h("div.diff-row", { role: "row" },
      h("span.diff-name", { role: "rowheader" }, name),
      h("del", { role: "cell" }, value(old, field, now)),
      h("span.to", { "aria-hidden": "true" }, "→"),
      h("ins", { role: "cell" }, value(now, field, old)))));
}

const reasonOf = (version) => (version.reason ? `: ${version.reason}` : "");

/// A value of the difference; in full where rounding would make both sides look the same.
function value(one, field, other) {
  if (one === undefined || one === null) return h("span.none", null, "not set");
  if (typeof one === "number" && format.text(one, field) === format.text(other, field)) {
    return h("span.num", null, one.toLocaleString("en"),
      field?.unit ? h("span.unit", null, ` ${field.unit}`) : null);
  }
  return format.node(one, field);
}
