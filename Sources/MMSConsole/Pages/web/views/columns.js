// What a table shows of a type: name, namespace when there are several, the type's own columns,
// and the age.

const numeric = new Set(["int", "float"]);

/// The columns of a type's table.
export function columnsOf(type, place) {
  const own = type.columns.map((name) => {
    const field = type.fields.get(name);
    return {
      key: name, title: name, field, right: numeric.has(field?.kind),
      help: [field?.summary, field?.unit && `(${field.unit})`].filter(Boolean).join(" "),
    };
  });
  return [
    { key: "name", title: "name", help: "Unique within its namespace and type" },
    place.namespace ? null : { key: "namespace", title: "namespace", help: "Where it lives" },
    ...own,
    {
      key: "created", title: "age", right: true, help: "Since it was created",
      field: { unit: "ms since 1970" },
    },
  ].filter(Boolean);
}

/// What a column shows of a resource.
export function valueOf(resource, column) {
  if (column.key === "name" && !column.field) return resource.name;
  if (column.key === "namespace" && !column.field) return resource.namespace;
  if (column.key === "created" && column.title === "age") {
    return resource.created?.time ? Date.parse(resource.created.time) : null;
  }
  return resource.data?.[column.key];
}

/// The widths as a grid template and the least they need together: each column as wide as what
/// the first rows need, within bounds. Every row is a grid of its own, so no width may depend on
/// what is in one row.
export function widths(columns, items) {
  const sample = items.slice(0, 300);
  let least = 16;
  const template = columns.map((column, index) => {
    let most = column.title.length + 2;
    for (const item of sample) most = Math.max(most, lengthOf(valueOf(item, column), column));
    const letters = Math.min(Math.max(most, 5), index === 0 ? 30 : 34);
    const pixels = Math.min(260, Math.ceil(letters * (index === 0 ? 7.6 : 7.1)) + 22);
    least += pixels;
    return column.right ? `${pixels}px` : `minmax(${pixels}px, ${growth(index, letters)})`;
  }).join(" ");
  return { template, least: `${least}px` };
}

/// Texts share the room that is left; figures keep to themselves.
function growth(index, letters) {
  return index === 0 ? "1.2fr" : letters > 20 ? "2fr" : "1fr";
}

function lengthOf(value, column) {
  if (value === null || value === undefined) return 1;
  if (typeof value === "number") return column.field?.unit ? 9 : String(value).length;
  if (typeof value === "object") return Math.min(40, JSON.stringify(value).length);
  return String(value).length;
}
