// The types as the graph itself describes them (law 6): no view knows any type by name.
import { get, getAll } from "./api.js";

const roles = ["desired", "observed", "system"];

class Schema extends EventTarget {
  types = new Map();
  counts = new Map();
  namespaces = new Set(["/"]);

  /// Reads the types, and what the status page knows of namespaces.
  async load(at) {
    const types = new Map();
    await getAll("type", { all: true, at }, (items) => {
      for (const item of items) types.set(item.name, typeOf(item));
    });
    this.types = types;
    this.dispatchEvent(new Event("types"));
  }

  type(name) { return this.types.get(name) ?? typeOf({ name, data: {} }); }

  /// The types of each role, in order of name, without empty groups.
  groups() {
    const all = [...this.types.values()].sort((left, right) => left.name < right.name ? -1 : 1);
    return roles.map((role) => ({ role, types: all.filter((one) => one.role === role) }))
      .filter((group) => group.types.length);
  }

  /// Says which type the resource on the page has, so that the list can mark it.
  show(name) {
    this.shown = name;
    this.dispatchEvent(new Event("shown"));
  }

  /// Adds namespaces seen in rows or mounts.
  meet(namespaces) {
    const before = this.namespaces.size;
    for (const namespace of namespaces) this.namespaces.add(namespace);
    if (this.namespaces.size !== before) this.dispatchEvent(new Event("namespaces"));
  }

  setCount(type, number, more = false) {
    const before = this.counts.get(type);
    if (before?.number === number && before.more === more) return;
    this.counts.set(type, { number, more });
    this.dispatchEvent(new Event("counts"));
  }

  /// Counts each type by one page of its list, one after the other. The page's size bounds the
  /// cost; a larger type shows "1000+" until it is opened.
  async count(at, except) {
    for (const name of [...this.types.keys()]) {
      if (name === except) continue;
      try {
        const path = `/v1/resources/${encodeURIComponent(name)}`;
        const answer = await get(path, { all: true, limit: 1000, at });
        this.setCount(name, answer.items.length, Boolean(answer.next));
        this.meet(answer.items.map((one) => one.namespace));
      } catch (problem) {
        if (problem.status === 401 || problem.status === 0) return;
      }
    }
  }
}

function typeOf(resource) {
  const data = resource.data ?? {};
  const fields = new Map((data.fields ?? []).map((field) => [field.name, field]));
  return {
    name: resource.name, id: resource.id, summary: data.summary ?? "",
    role: roles.includes(data.role) ? data.role : "system", writer: data.writer ?? "",
    fields, columns: (data.columns ?? []).filter((name) => name !== "name"),
    relations: data.relations ?? [], health: data.health ?? null, ephemeral: data.ephemeral,
  };
}

/// The one schema of the page.
export const schema = new Schema();
