// What is installed: each app with its replicas, where it is reached, and what it waits for.
import { h, fill, empty, problemCard, announce } from "../lib/dom.js";
import { get, readStream, url } from "../lib/api.js";
import * as format from "../lib/format.js";
import { table, num, bad, state } from "../lib/listing.js";
import { toType } from "../lib/place.js";

const every = 2000;
const keptLines = 2000;

export class AppsView {
  constructor(main, place, live) {
    Object.assign(this, { main, live });
    this.abort = new AbortController();
    this.read();
    this.timer = setInterval(() => { if (!document.hidden) this.read(); }, every);
  }

  close() {
    clearInterval(this.timer);
    this.abort.abort();
  }

  async read() {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const { items = [] } = await get("/v1/apps", null, this.abort.signal);
      this.live("live");
      this.draw(items);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.live("retrying");
      if (!this.main.querySelector(".status")) {
        fill(this.main, h("div.status", null, problemCard(problem, () => this.read())));
      }
    } finally {
      this.isReading = false;
    }
  }

  draw(apps) {
    // The same answer changes nothing: selections and scroll positions stay.
    const text = JSON.stringify(apps);
    if (text === this.shown) return;
    this.shown = text;
    const focused = document.activeElement?.dataset?.logs;
    const scrolled = this.main.querySelector(".status-page")?.scrollTop ?? 0;
    fill(this.main, h("div.browse.status-page", null,
      h("header.title", null, h("h1", null, "Apps"),
        h("span.total", null, format.count(apps.length)),
        h("p.summary", null, "What is installed, where it runs, and what it waits for.")),
      h("div.status", null, apps.length ? apps.map(appCard) : nothing())));
    this.main.querySelector(".status-page").scrollTop = scrolled;
    if (focused) this.main.querySelector(`[data-logs="${CSS.escape(focused)}"]`)?.focus();
  }
}

const nothing = () => empty("No app is installed",
  "Install one with pisces app install, or look into the store with pisces store search.");

function appCard(app) {
  const { components = [], services = [], waits = [], failures = [] } = app;
  const mood = failures.length ? "failed" : waits.length ? "changing" : "running";
  const title = app.namespace === "/" ? app.app : `${app.namespace} ${app.app}`;
  return h("section.card.app", { "aria-label": title, "data-app": app.app },
    h("header.card-head", null,
      h("h2", null, h("a", { href: found("app", app.namespace, app.app) }, title), " ",
        h("span.muted", null, app.version ?? "")),
      state(mood)),
    reasons("Failed", failures, "bad"), reasons("Waits for", waits, ""),
    table(componentColumns, components, "It has no components"),
    table(replicaColumns(app), components.flatMap((one) => one.replicas ?? []), "Nothing runs"),
    services.length ? table(serviceColumns, services, "") : null);
}

/// Why something is not as it should be, in the words of the handlers.
function reasons(label, lines, mood) {
  if (!lines.length) return null;
  return h("div.reasons", { class: mood }, h("b", null, label),
    h("ul", null, lines.map((line) => h("li", null, line))));
}

const found = (type, namespace, name) =>
  toType(type, { namespace, where: `name = '${name}'` });

const componentColumns = [
  ["component", (one) => h("b", null, one.component)],
  ["state", (one) => state(one.state !== "current" ? one.state
    : one.ready < one.wanted ? "waiting" : "running")],
  ["ready", (one) => h("span.num", { class: one.ready < one.wanted ? "bad" : "" },
    `${one.ready} of ${one.wanted}`), true],
  ["version", (one) => one.version ?? "–"],
];

const replicaColumns = (app) => [
  ["task", (one) => h("a", { href: found("task", app.namespace, one.task) }, one.task)],
  ["state", (one) => state(one.ready ? "ready" : one.state)],
  ["machine", (one) => one.machine ?? "–"],
  ["ports", (one) => Object.values(one.ports ?? {}).join(", ") || "–"],
  ["pid", (one) => one.pid ?? "–", true],
  ["restarts", (one) => bad(one.restarts), true],
  ["since", (one) => format.node(one.since, { unit: "ms since 1970" }), true],
  ["why", (one) => {
    const why = one.ready ? "" : whyNot(app, one);
    return h("span.why-not", { title: why || null }, why);
  }],
  ["", (one) => (one.machine ? h("button.button", {
    "data-logs": one.task, "aria-label": `Logs of ${one.task}`,
    onclick: () => showLogs(app, one.task),
  }, "Logs") : null)],
];

/// Why a task is not ready: what its machine says, or what each machine has against it.
function whyNot(app, one) {
  const place = `a place for ${one.task}: `;
  const wait = (app.waits ?? []).find((line) => line.startsWith(place));
  return one.healthReason ?? one.exit ?? wait?.slice(place.length) ?? one.reason ?? "";
}

const serviceColumns = [
  ["service", (one) => h("b", null, one.name)], ["listens", (one) => one.listen ?? "–"],
  ["name in the DNS", (one) => one.host ?? "–"],
  ["to", (one) => `${one.component ?? ""} ${one.port ?? ""}`],
  ["balance", (one) => one.balance ?? "round-robin"],
  ["requests", (one) => num(one.did?.requests), true],
  ["failed", (one) => bad(one.did?.failed), true],
  ["p99 below", (one) => format.node(one.did?.p99Microseconds, { unit: "µs" }), true],
];

/// What a replica says, as it says it, until the sheet is closed.
async function showLogs(app, task) {
  const abort = new AbortController();
  const lines = h("pre.lines", { tabindex: "0", "aria-label": `Output of ${task}` });
  const dialog = h("dialog.sheet.wide", { "aria-label": `Logs of ${task}` },
    h("header.card-head", null, h("h2", null, task),
      h("button.icon-button", { "aria-label": "Close", onclick: () => dialog.close() }, "×")),
    lines);
  dialog.addEventListener("close", () => { abort.abort(); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
  announce(`Logs of ${task}`);
  const address = url(`/v1/apps/${encodeURIComponent(app.app)}/logs`, {
    namespace: app.namespace, task, tail: 200, follow: true,
  });
  try {
    await readStream(address, (name, line) => { if (name === "line") add(lines, line); },
      abort.signal, () => lines.setAttribute("data-open", ""));
    lines.append(h("span.muted", null, "The output has ended.\n"));
  } catch (problem) {
    if (problem.name !== "AbortError") fill(lines, problemCard(problem));
  }
}

function add(lines, line) {
  // Who reads further up is left there.
  const isAtEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
  lines.append(h("span", null, line.text, "\n"));
  while (lines.childElementCount > keptLines) lines.firstElementChild.remove();
  if (isAtEnd) lines.scrollTop = lines.scrollHeight;
}
