// The entries of the logs as they are appended: who, why, what. Newest at the top.
import { h, fill, problemCard, throttled, icon, announce } from "../lib/dom.js";
import { Rows } from "../lib/rows.js";
import { Tail, keyOf } from "../lib/tail.js";
import { change, toResource } from "../lib/place.js";
import * as format from "../lib/format.js";
import { command, origin } from "./why.js";

const narrow = matchMedia("(max-width: 640px)");
const shownCommands = 8;

export class LogView {
  constructor(main, place, live) {
    Object.assign(this, { place, live });
    this.arrange = throttled(120, () => this.draw());
    const logs = place.log ? [place.log] : ["fleet", "machine"];
    this.tail = new Tail(logs, {
      changed: () => this.arrange(), state: (state, problem) => this.state(state, problem),
    });
    this.build(main);
    this.resized = () => this.grid.refresh();
    narrow.addEventListener("change", this.resized);
    this.start();
  }

  close() {
    this.closed = true;
    narrow.removeEventListener("change", this.resized);
    this.tail.close();
    this.grid.close();
  }

  async start() {
    try {
      if (this.place.at) {
        this.live("past");
        await this.tail.past(this.place.at);
        this.draw();
      } else {
        await this.tail.follow();
      }
    } catch (problem) {
      if (problem.name !== "AbortError") this.state("refused", problem);
    }
  }

  state(state, problem) {
    this.live(state);
    if (problem) {
      fill(this.notice, problemCard(problem, () => dispatchEvent(new Event("hashchange"))));
    }
  }

  build(main) {
    this.grid = new Rows({
      label: "Log entries", height: () => (narrow.matches ? 58 : 30), keyOf,
      render: (entry, row) => this.render(entry, row), open: (entry) => this.show(entry),
      head: h("div.row.head.log-row", { role: "row" },
        ["position", "time", "author", "origin", "commands"].map((title, index) =>
          h("div.cell", { role: "columnheader", class: index === 0 ? "right" : "" }, title))),
    });
    this.grid.view.classList.add("log-rows");
    this.search = h("input", {
      id: "filter", type: "search", placeholder: "Filter by author, origin, reason, type or name",
      "aria-label": "Filter entries", spellcheck: "false", autocomplete: "off",
      oninput: () => this.draw(),
    });
    this.pauseButton = h("button.button", {
      "aria-pressed": "false", "aria-keyshortcuts": "p", onclick: () => this.pause(),
    }, "Pause");
    if (this.place.at) this.pauseButton.hidden = true;
    this.counter = h("span.total");
    this.notice = h("div.notice");
    fill(main, h("div.browse", null,
      h("header.title", null, h("h1", null, "Log"), this.counter,
        h("p.summary", null, "Every change, in the order in which it became durable.")),
      h("div.filter", null, h("div.filter-line", null,
        h("div.filter-box", null, icon("M2 3.5h12L9.5 9v3l-3 2V9z"), this.search),
        this.logPicker(), this.pauseButton)),
      this.notice, this.grid.view));
  }

  logPicker() {
    return h("div.segments", { role: "group", "aria-label": "Which log" },
      [["", "Both"], ["fleet", "Fleet"], ["machine", "Machine"]].map(([log, label]) =>
        h("button", {
          "aria-pressed": String(this.place.log === log), onclick: () => change({ log }, true),
        }, label)));
  }

  pause() {
    const paused = !this.tail.isPaused;
    this.tail.pause(paused);
    this.pauseButton.setAttribute("aria-pressed", String(paused));
    this.draw();
    announce(paused ? "Paused" : "Following");
  }

  matches(entry) {
    const words = this.search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return true;
    const text = [
      entry.author, entry.origin, entry.reason ?? "", entry.log, `@${entry.position}`,
      ...(entry.commands ?? []).map((one) => `${one.action} ${one.type}/${one.name} ${one.id}`),
    ].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  }

  draw() {
    if (this.closed) return;
    const entries = this.tail.order().filter((entry) => this.matches(entry)).reverse();
    const waiting = this.tail.waiting.length;
    this.pauseButton.textContent = !this.tail.isPaused ? "Pause"
      : waiting ? `Resume, ${format.count(waiting)} new` : "Resume";
    const view = this.grid.view;
    const before = this.grid.items.length;
    const away = view.scrollTop > 4;
    this.grid.set(entries);
    // What is being read stays under the eye while entries arrive above it.
    if (away && entries.length > before) {
      view.scrollTop += (entries.length - before) * this.grid.height();
    }
    this.counter.textContent = format.count(entries.length)
      + (this.tail.dropped ? `, ${format.count(this.tail.dropped)} older left out` : "");
  }

  render(entry, row) {
    const commands = entry.commands ?? [];
    const time = Date.parse(entry.time);
    row.classList.add("log-row");
    fill(row,
      cell("right", h("i.role", { "data-role": entry.log === "/" ? "desired" : "observed" }),
        h("span.num", { title: entry.log }, String(entry.position))),
      cell("time", h("time", { title: format.exact(time) }, format.clock(time))),
      cell("author", h("span", { title: entry.author }, entry.author)),
      cell("origin-cell", origin(entry.origin)),
      cell("commands", commands.slice(0, shownCommands).map((one) => command(one)),
        commands.length > shownCommands
          ? h("span.muted", null, `${commands.length - shownCommands} more`) : null,
        entry.reason ? h("span.reason", null, entry.reason) : null));
  }

  /// One entry in full; its resources are a step away.
  show(entry) {
    const dialog = h("dialog.sheet", { "aria-label": `Entry ${entry.position}` },
      h("header.card-head", null, h("h2", null, `${entry.log} @${entry.position}`),
        h("button.icon-button", { "aria-label": "Close", onclick: () => dialog.close() }, "×")),
      h("dl.why", null,
        pair("When", format.exact(Date.parse(entry.time))), pair("Author", entry.author),
        pair("Origin", origin(entry.origin)),
        entry.reason ? pair("Reason", entry.reason) : null),
      h("ul.entry-commands", null, (entry.commands ?? []).slice(0, 500).map((one) => h("li", null,
        h("a", { href: one.id ? toResource(one.id) : null, onclick: () => dialog.close() },
          h("span.act", { class: one.action }, one.action), ` ${one.type}/${one.name}`)))),
      h("footer", null, h("button.button", {
        onclick: () => { dialog.close(); change({ view: "browse", at: entry.time }); },
      }, "Look at this moment")));
    dialog.addEventListener("close", () => { dialog.remove(); this.grid.view.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  }
}

const cell = (name, ...children) => h("div.cell", { role: "gridcell", class: name }, ...children);
const pair = (label, value) => h("div", null, h("dt", null, label), h("dd", null, value));
