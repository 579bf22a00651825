// Jump to anything by typing: a view, a type, an address such as process/4711 or
// /machines/pi-2/process/4711, or an identity.
import { h, fill, byId } from "../lib/dom.js";
import { get } from "../lib/api.js";
import { schema } from "../lib/schema.js";
import { hashOf, read, toResource, toType } from "../lib/place.js";

const shownMost = 40;
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/i;
const names = new Map();

/// Every reading of an address: a name may hold slashes, so each type name in it may be the type.
export function addresses(text, types) {
  const isWhole = text.startsWith("/");
  const parts = text.split("/");
  const found = [];
  for (let at = isWhole ? 1 : 0; at < parts.length - 1; at += 1) {
    if (!types.has(parts[at])) continue;
    const name = parts.slice(at + 1).join("/");
    const namespace = parts.slice(0, at).join("/") || (isWhole ? "/" : null);
    if (name && (isWhole || at === 0)) found.push({ type: parts[at], namespace, name });
  }
  return found;
}

/// Opens the palette; `run` commands are those of the page itself.
export function openPalette(commands) {
  if (document.querySelector("dialog.palette")) return;
  const before = document.activeElement;
  const list = h("ul.options", { id: "palette-options", role: "listbox", "aria-label": "Results" });
  const input = h("input", {
    type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-options",
    "aria-label": "Jump to", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    placeholder: "Type, address such as process/4711, or identity",
  });
  const dialog = h("dialog.palette", { "aria-label": "Jump" }, input, list,
    h("footer", null, h("span", null, h("kbd", null, "↑"), h("kbd", null, "↓"), " choose"),
      h("span", null, h("kbd", null, "Tab"), " complete"),
      h("span", null, h("kbd", null, "Enter"), " go")));
  const palette = new Palette(dialog, input, list, commands);
  dialog.addEventListener("close", () => { dialog.remove(); before?.focus?.(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  byId("overlay").append(dialog);
  dialog.showModal();
  palette.suggest();
}

class Palette {
  constructor(dialog, input, list, commands) {
    Object.assign(this, { dialog, input, list, commands, chosen: 0, options: [] });
    input.addEventListener("input", () => { this.chosen = 0; this.suggest(); });
    input.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const length = Math.max(1, this.options.length);
      this.chosen = (this.chosen + step + length) % length;
      this.mark();
    } else if (event.key === "Enter") {
      this.go();
    } else if (event.key === "Tab" && this.options[this.chosen]?.complete) {
      this.input.value = this.options[this.chosen].complete;
      this.chosen = 0;
      this.suggest();
    } else {
      return;
    }
    event.preventDefault();
  }

  async suggest() {
    const text = this.input.value.trim();
    this.show(this.matches(text));
    const [address] = addresses(text.includes("/") ? `${text} ` : "", schema.types);
    if (!address) return;
    await this.learn(address.type);
    if (this.dialog.open && this.input.value.trim() === text) this.show(this.matches(text));
  }

  matches(text) {
    const low = text.toLowerCase();
    const resources = this.resources(text);
    const types = [...schema.types.values()]
      .filter((type) => type.name.includes(low.replace(/\/$/, "")))
      .sort((a, b) => b.name.startsWith(low) - a.name.startsWith(low)
        || (a.name < b.name ? -1 : 1))
      .map((type) => ({
        label: type.name, kind: type.role, role: type.role, note: type.summary,
        href: toType(type.name), complete: `${type.name}/`,
      }));
    const views = this.commands.filter((one) => one.label.toLowerCase().includes(low));
    const identity = ulid.test(text)
      ? [{ label: text, kind: "identity", href: toResource(text.toUpperCase()) }] : [];
    return [...identity, ...resources, ...types, ...views].slice(0, shownMost);
  }

  resources(text) {
    const [address] = addresses(text.endsWith("/") ? `${text} ` : text, schema.types);
    if (!address) return [];
    const known = names.get(address.type)?.items ?? [];
    const wanted = address.name.trim().toLowerCase();
    return known.filter((item) => item.name.toLowerCase().includes(wanted)
        && (!address.namespace || item.namespace === address.namespace))
      .sort((a, b) => rank(a, wanted) - rank(b, wanted))
      .map((item) => ({
        label: `${item.type}/${item.name}`, kind: item.namespace, note: "",
        role: schema.type(item.type).role, href: toResource(item.id),
        complete: `${item.type}/${item.name}`,
      }));
  }

  /// The names of a type, read once in ten seconds.
  async learn(type) {
    const known = names.get(type);
    if (known && performance.now() - known.read < 10_000) return;
    try {
      const path = `/v1/resources/${encodeURIComponent(type)}`;
      const { items } = await get(path, { all: true, limit: 1000, at: read().at });
      names.set(type, { items, read: performance.now() });
    } catch {
      // Without names the address can still be gone to as typed.
    }
  }

  show(options) {
    this.options = options;
    this.chosen = Math.min(this.chosen, Math.max(0, options.length - 1));
    fill(this.list, options.map((option, index) => h("li", {
      role: "option", id: `option-${index}`,
      onclick: () => { this.chosen = index; this.go(); },
      onpointermove: () => { if (this.chosen !== index) { this.chosen = index; this.mark(); } },
    }, h("i.role", { "data-role": option.role ?? "none" }),
    h("span.option-label", null, option.label),
    option.note ? h("span.note", null, option.note) : null,
    h("span.kind", null, option.kind))),
    options.length ? null : h("li.nothing", null, "Enter goes to this address"));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((element, index) => {
      const here = index === this.chosen && this.options.length > 0;
      element.setAttribute("aria-selected", String(here));
      if (here) element.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", `option-${this.chosen}`);
  }

  async go() {
    const option = this.options[this.chosen];
    const text = this.input.value.trim();
    const exact = option && (option.label === text || !text.includes("/"));
    const found = exact ? null : await lookUp(text);
    const href = found ? toResource(found.id) : option?.href;
    if (!href && !option?.run) {
      fill(this.list,
        h("li.nothing", { role: "alert" }, `Nothing is at ${text || "an empty address"}`));
      return;
    }
    this.dialog.close();
    if (href) location.hash = href;
    else option.run();
  }
}

const rank = (item, wanted) => {
  const name = item.name.toLowerCase();
  return name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2;
};

/// Asks the node for an address, in every known namespace when it gives none.
async function lookUp(text) {
  const at = read().at;
  for (const { type, namespace, name } of addresses(text, schema.types)) {
    const places = namespace ? [namespace] : [...schema.namespaces].slice(0, 32);
    for (const place of places) {
      const path = `/v1/resources/${encodeURIComponent(type)}/${encodeURIComponent(name)}`;
      try {
        return await get(path, { namespace: place, at });
      } catch (problem) {
        if (problem.status === 401 || problem.status === 0) return null;
      }
    }
  }
  return null;
}

/// The commands of the page, besides its types and resources.
export const viewCommands = (actions) => [
  { label: "Log", kind: "view", href: hashOf({ view: "log", at: read().at }) },
  { label: "Apps", kind: "view", href: hashOf({ view: "apps", at: read().at }) },
  { label: "Sensors", kind: "view", href: hashOf({ view: "sensors", at: read().at }) },
  { label: "Status", kind: "view", href: hashOf({ view: "status", at: read().at }) },
  ...actions,
];
