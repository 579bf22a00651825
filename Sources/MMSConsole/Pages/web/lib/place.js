// Where the reader is: view, type or resource, namespace, filter, order, and the moment looked
// at. All of it is in the address bar, so every state can be linked, reloaded and gone back to.

const encode = encodeURIComponent;

/// Views that show the whole node and have no place within.
const plain = ["apps", "log", "sensors", "status"];

/// Reads `#/t/process?ns=/machines/x&where=…&sort=-cpu&at=…`.
export function read(hash = location.hash) {
  const [path, query] = hash.replace(/^#/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decode);
  const params = new URLSearchParams(query ?? "");
  const place = {
    view: "browse", type: null, id: null, namespace: params.get("ns"),
    where: params.get("where") ?? "", sort: params.get("sort") ?? "",
    at: params.get("at"), log: params.get("log") ?? "",
  };
  if (parts[0] === "t" && parts[1]) place.type = parts[1];
  else if (parts[0] === "r" && parts[1]) Object.assign(place, { view: "detail", id: parts[1] });
  else if (plain.includes(parts[0])) place.view = parts[0];
  return place;
}

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/// The hash of a place; what is standard is left out.
export function hashOf(place) {
  const params = new URLSearchParams();
  if (place.view === "browse" || !place.view) {
    if (place.namespace) params.set("ns", place.namespace);
    if (place.where) params.set("where", place.where);
    if (place.sort) params.set("sort", place.sort);
  }
  if (place.view === "log" && place.log) params.set("log", place.log);
  if (place.at) params.set("at", place.at);
  const query = params.toString();
  return "#/" + pathOf(place) + (query ? `?${query}` : "");
}

function pathOf(place) {
  if (place.view === "detail") return `r/${encode(place.id)}`;
  if (plain.includes(place.view)) return place.view;
  return place.type ? `t/${encode(place.type)}` : "";
}

/// The hash of a type's table at the moment looked at.
export const toType = (type, more = {}) =>
  hashOf({ view: "browse", type, at: read().at, ...more });

/// The hash of a resource at the moment looked at.
export const toResource = (id) => hashOf({ view: "detail", id, at: read().at });

/// Goes to the current place with some of it changed. `replace` leaves no step to go back to.
export function change(changes, replace = false) {
  const hash = hashOf({ ...read(), ...changes });
  if (hash === location.hash) return;
  if (replace) {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = hash;
  }
}

/// Whether a version at `position` and `instant` was already there at the moment `at`.
export function isBy(at, position, instant) {
  if (!at) return true;
  if (at.startsWith("@")) return position <= Number(at.slice(1));
  return instant <= Date.parse(at);
}
