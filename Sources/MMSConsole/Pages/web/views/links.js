// What a resource is connected to, as chips to follow; its owners; and desired beside observed.
import { h, card, empty } from "../lib/dom.js";
import { get } from "../lib/api.js";
import { schema } from "../lib/schema.js";
import { toResource } from "../lib/place.js";
import * as format from "../lib/format.js";
import { same } from "./fields.js";

const chipsAtFirst = 24;
const ownersMost = 8;
const counterpartsMost = 3;

/// A chip that leads to a resource; one that is gone shows its identity.
export function chip(stub) {
  const role = stub.type ? schema.type(stub.type).role : null;
  return h("a.chip", {
    href: toResource(stub.id), title: stub.namespace ? `${stub.namespace} · ${stub.id}` : stub.id,
  }, h("i.role", { "data-role": role ?? "none" }), stub.type
    ? [h("span.chip-type", null, `${stub.type}/`), stub.name]
    : [`…${stub.id.slice(-8)}`, h("span.chip-type", null, " not here")]);
}

/// Links both ways. An older version's own links are shown as they were then.
export function linksCard(resource, links, type, isPast) {
  const outward = isPast ? linksThen(resource, links) : links.out ?? {};
  const sections = [
    ...Object.entries(outward).map(([relation, stubs]) => section(relation, stubs, "→", type)),
    ...Object.entries(links.in ?? {}).map(([relation, stubs]) => section(relation, stubs, "←")),
  ];
  return card("Links", isPast ? h("span.muted", null, "inward: as of now") : null,
    sections.length ? h("div.links", null, sections) : empty("It is linked to nothing"));
}

function linksThen(resource, links) {
  const known = new Map(Object.values(links.out ?? {}).flat().map((stub) => [stub.id, stub]));
  return Object.fromEntries(Object.entries(resource.links ?? {}).map(([relation, ids]) =>
    [relation, ids.map((id) => known.get(id) ?? { id })]));
}

function section(relation, stubs, arrow, type) {
  const meaning = type?.relations.find((one) => one.name === relation)?.summary;
  const more = stubs.length - chipsAtFirst;
  const chips = h("div.chips", null, stubs.slice(0, chipsAtFirst).map(chip));
  if (more > 0) {
    const button = h("button.chip-button", {
      onclick: () => { button.replaceWith(...stubs.slice(chipsAtFirst).map(chip)); },
    }, `${format.count(more)} more`);
    chips.append(button);
  }
  return h("div.relation", null,
    h("h3", { title: meaning ?? null },
      h("span.arrow", { "aria-label": arrow === "→" ? "to" : "from" }, arrow), relation,
      h("span.count", null, stubs.length > 1 ? format.count(stubs.length) : "")), chips);
}

async function byId(id, signal) {
  try {
    return await get(`/v1/resources/by-id/${encodeURIComponent(id)}`, null, signal);
  } catch {
    return null; // A link may dangle: its chip then shows the identity.
  }
}

/// The owners of a resource, from the nearest to the first.
export async function ownerChain(resource, signal) {
  const chain = [];
  let owner = resource.owner;
  while (owner && chain.length < ownersMost) {
    const found = await byId(owner, signal);
    const stub = found ?? { id: owner };
    if (chain.some((one) => one.id === stub.id)) break;
    chain.push(stub);
    owner = found?.owner;
  }
  return chain.map((stub) => [h("span", null, " owned by "), chip(stub)]);
}

/// Desired beside observed, for linked resources of the other role. Null when there is none.
export async function comparison(resource, links, type, signal) {
  if (type.role === "system") return null;
  const other = type.role === "desired" ? "observed" : "desired";
  const seen = new Set();
  const stubs = [...Object.values(links.out ?? {}), ...Object.values(links.in ?? {})].flat()
    .filter((stub) => stub.type && schema.type(stub.type).role === other
      && !seen.has(stub.id) && seen.add(stub.id));
  const partners = (await Promise.all(stubs.slice(0, counterpartsMost)
    .map((stub) => byId(stub.id, signal)))).filter(Boolean);
  if (!partners.length) return null;
  return partners.map((partner) => {
    const [desired, observed] = type.role === "desired" ? [resource, partner] : [partner, resource];
    return beside(desired, observed, resource);
  });
}

/// A limit wanted and an amount used share a name and still are not meant to be equal.
const comparable = (left, right) => left.kind === right.kind && !left.unit && !right.unit;

function beside(desired, observed, self) {
  const wanted = schema.type(desired.type);
  const found = schema.type(observed.type);
  const names = [...new Set([
    ...[...wanted.fields.keys()].filter((name) => found.fields.has(name)),
    ...wanted.columns, ...found.columns,
  ])].filter((name) => desired.data?.[name] !== undefined || observed.data?.[name] !== undefined);
  const head = (resource, label) => h("th", { scope: "col" }, h("span.label", null, label),
    resource === self ? h("span.self", null, `${resource.type}/${resource.name}`) : chip(resource));
  const cell = (resource, type, name) => h("td", null, type.fields.has(name)
    ? format.node(resource.data?.[name], type.fields.get(name)) : "");
  return card("Desired beside observed", null, h("table.beside", null,
    h("thead", null, h("tr", null, h("td"), head(desired, "Desired"), head(observed, "Observed"))),
    h("tbody", null, names.map((name) => {
      const both = wanted.fields.has(name) && found.fields.has(name);
      const differs = both && comparable(wanted.fields.get(name), found.fields.get(name))
        && !same(desired.data?.[name], observed.data?.[name]);
      return h("tr", { class: differs ? "differs" : "" },
        h("th", { scope: "row" }, name,
          differs ? h("span.visually-hidden", null, " differs") : null),
        cell(desired, wanted, name), cell(observed, found, name));
    }))));
}
