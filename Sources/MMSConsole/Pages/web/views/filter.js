// The filter of a table: the node's own `--where` language, its errors at their column, the
// fields one can ask for, and the namespace.
import { h, fill, icon, settled } from "../lib/dom.js";
import { schema } from "../lib/schema.js";
import { change } from "../lib/place.js";

/// The bar over the table: {element, show(where), accept(), refuse(problem, where), close()}.
export function filterBar(type, place) {
  const error = h("div.filter-error", { id: "filter-error", role: "alert" });
  const input = h("input", {
    id: "filter", type: "search", value: place.where, spellcheck: "false", autocomplete: "off",
    autocapitalize: "off", placeholder: `Filter, as in ${example(type)}`,
    "aria-label": "Filter", "aria-describedby": "filter-error", enterkeyhint: "search",
  });
  const fields = fieldPicker(type, input);
  const apply = () => change({ where: input.value.trim() }, true);
  const soon = settled(600, () => { if (looksWhole(input.value)) apply(); });
  input.addEventListener("input", soon);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") apply();
    else if (event.key === "Escape") { if (input.value) { input.value = ""; apply(); } }
    else if (event.key === "ArrowDown") document.querySelector(".rows")?.focus();
    else return;
    event.preventDefault();
  });
  const picker = namespacePicker(place);
  const healthy = healthChip(type, place);
  const box = h("div.filter-box", null,
    icon("M2 3.5h12L9.5 9v3l-3 2V9z"), input, fields.button);
  const element = h("div.filter", null,
    h("div.filter-line", null, box, healthy, picker.element),
    error, fields.list);
  return {
    element, close: picker.close,
    show: (where) => {
      if (input.value.trim() !== where) input.value = where;
      healthy?.setAttribute("aria-pressed", String(where === type.health));
    },
    accept: () => { fill(error); input.removeAttribute("aria-invalid"); },
    refuse: (problem, where) => refuse(problem, where, input, error),
  };
}

/// A filter without an operator, or that ends in one, is still being typed.
const looksWhole = (text) => !text.trim() || (/[=<>]|\b(contains|in|with|is)\b/i.test(text)
  && !/([=<>]|\b(and|or|not|in|is|contains|with))\s*$/i.test(text));

function example(type) {
  const fields = [...type.fields.values()];
  const size = fields.find((field) => field.unit === "bytes");
  if (size) return `${size.name} > 100MB`;
  const word = fields.find((field) => field.oneOf?.length);
  if (word) return `${word.name} = '${word.oneOf[0]}'`;
  const text = fields.find((field) => field.kind === "text");
  return text ? `${text.name} contains 'a'` : "name = 'a'";
}

/// Shows what the node says of the filter, with a mark under the column it names.
function refuse(problem, where, input, error) {
  if (!where || problem.status === 0 || problem.status >= 500) return false;
  input.setAttribute("aria-invalid", "true");
  const column = problem.column();
  const mark = column && column <= where.length + 1
    ? h("pre.caret", { "aria-hidden": "true" }, where + "\n" + " ".repeat(column - 1) + "^")
    : null;
  fill(error, mark, h("span", null, problem.detail ?? problem.title),
    problem.remedy ? h("span.remedy", null, ` ${problem.remedy}`) : null);
  return true;
}

function healthChip(type, place) {
  if (!type.health) return null;
  const chip = h("button.chip-button", {
    "aria-pressed": String(place.where === type.health),
    title: `Only those where ${type.health}`,
    onclick: () => {
      const on = chip.getAttribute("aria-pressed") === "true";
      change({ where: on ? "" : type.health }, true);
    },
  }, "Healthy only");
  return chip;
}

/// The type's fields with kind and unit; choosing one writes it into the filter.
function fieldPicker(type, input) {
  const put = (name) => {
    const { selectionStart: start, selectionEnd: end, value } = input;
    const space = start > 0 && value[start - 1] !== " " ? " " : "";
    input.setRangeText(`${space}${name} `, start, end, "end");
    input.focus();
  };
  const list = h("div.fields", { id: "filter-fields", hidden: true },
    [{ name: "name", kind: "text", summary: "Its name" }, ...type.fields.values()].map((field) =>
      h("button.field-chip", { title: field.summary, onclick: () => put(field.name) },
        field.name, h("small", null, ` ${field.unit ?? field.kind}`),
        field.indexed ? h("small.indexed", { title: "Has an index" }, " ●") : null)));
  const button = h("button.fields-button", {
    "aria-expanded": "false", "aria-controls": "filter-fields", title: "Fields one can ask for",
    onclick: () => {
      list.hidden = !list.hidden;
      button.setAttribute("aria-expanded", String(!list.hidden));
    },
  }, "Fields");
  return { button, list };
}

function namespacePicker(place) {
  const select = h("select", {
    "aria-label": "Namespace", onchange: () => change({ namespace: select.value || null }, true),
  });
  const draw = () => {
    const known = new Set(schema.namespaces);
    if (place.namespace) known.add(place.namespace);
    fill(select, h("option", { value: "" }, "All namespaces"),
      [...known].sort().map((path) => h("option", null, path)));
    select.value = place.namespace ?? "";
  };
  draw();
  schema.addEventListener("namespaces", draw);
  return {
    element: h("label.namespace", null, select),
    close: () => schema.removeEventListener("namespaces", draw),
  };
}
