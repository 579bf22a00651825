// The history slider: a tick for every version, coloured by what it did. Dragging, arrows, and
// the keys [ and ] choose the version that the page shows.
import { h, fill } from "../lib/dom.js";
import * as format from "../lib/format.js";

export class VersionTrack {
  constructor(choose) {
    this.canvas = h("canvas.ticks", { "aria-hidden": "true" });
    this.range = h("input.version-range", {
      type: "range", min: "0", max: "0", step: "1", "aria-label": "Version",
      oninput: () => choose(Number(this.range.value)),
    });
    this.caption = h("span.version-caption");
    this.ends = h("div.version-ends");
    const step = (by, label, text) => h("button.icon-button", {
      "aria-label": label, title: label, onclick: () => choose(this.selected + by),
    }, text);
    this.back = step(-1, "Older version [", "‹");
    this.forth = step(1, "Newer version ]", "›");
    this.element = h("div.version-track", null, this.back,
      h("div.version-rail", null, this.canvas, this.range, this.ends), this.forth);
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.element);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.draw();
    this.scheme.addEventListener("change", this.redraw);
    addEventListener("pisces-theme", this.redraw);
  }

  close() {
    this.sized.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
    removeEventListener("pisces-theme", this.redraw);
  }

  set(versions) {
    this.versions = versions;
    this.range.max = String(Math.max(0, versions.length - 1));
    this.range.disabled = versions.length < 2;
    const ends = versions.length > 1 ? [versions[0], versions.at(-1)] : [versions[0]];
    fill(this.ends, ends.map((version) => h("time", {
      title: format.exact(Date.parse(version.time)),
    }, format.clock(Date.parse(version.time), true))));
  }

  select(index) {
    this.selected = index;
    const version = this.versions[index];
    const last = this.versions.length - 1;
    this.range.value = String(index);
    this.range.setAttribute("aria-valuetext",
      `${index + 1} of ${last + 1}: ${version.action} at position ${version.position}, `
      + format.clock(Date.parse(version.time), true));
    this.back.disabled = index === 0;
    this.forth.disabled = index === last;
    fill(this.caption, h("span.act", { class: version.action }, past(version.action)),
      ` at ${version.position}, ${format.clock(Date.parse(version.time), true)}`,
      h("span.of", null, ` ${index === last ? "latest" : index + 1} of ${last + 1}`));
    this.draw();
  }

  /// The ticks, drawn: a resource may have thousands of versions.
  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !this.versions) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this.canvas);
    const inks = {};
    for (const action of ["create", "update", "delete"]) {
      inks[action] = style.getPropertyValue(`--tick-${action}`);
    }
    const inset = 5; // Half of the handle, so that ticks stand under it.
    const room = width - inset * 2;
    const last = Math.max(1, this.versions.length - 1);
    const thick = Math.max(1, Math.min(3, room / this.versions.length - 2));
    const resolved = this.inks(inks);
    this.versions.forEach((version, index) => {
      const x = inset + (room * index) / last;
      const here = index === this.selected;
      pen.globalAlpha = index <= this.selected ? 1 : 0.35;
      pen.fillStyle = resolved[version.action] ?? resolved.update;
      pen.fillRect(x - thick / 2, here ? 0 : 6, here ? Math.max(2, thick) : thick,
        here ? height : height - 12);
    });
  }

  /// A canvas takes no light-dark(): the browser resolves it on an element first.
  inks(names) {
    const probe = h("i", { hidden: true });
    this.element.append(probe);
    const found = {};
    for (const [action, ink] of Object.entries(names)) {
      probe.style.color = ink;
      found[action] = getComputedStyle(probe).color;
    }
    probe.remove();
    return found;
  }
}

const past = (action) =>
  ({ create: "created", update: "updated", delete: "deleted" })[action] ?? action;
