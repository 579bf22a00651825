// Elements without a framework: one maker, and the few parts every view shares.

/// Makes an element: h("a.chip", {href, onclick}, children…). Nulls and false are left out.
export function h(selector, props, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className += " " + value;
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child);
  }
}

/// Replaces what is in `element`.
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/// Says a short text to screen readers.
export function announce(text) {
  byId("announce").textContent = text;
}

/// A line drawing of 16 by 16 units.
export function icon(path, label) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", label ? "false" : "true");
  if (label) svg.setAttribute("aria-label", label);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/// What a failed request says: title, detail, what to do.
export function problemCard(problem, retry) {
  return h("div.problem", { role: "alert" },
    h("strong", null, problem.title),
    problem.detail && problem.detail !== problem.title ? h("p", null, problem.detail) : null,
    problem.remedy ? h("p.remedy", null, problem.remedy) : null,
    problem.code ? h("code.code", null, problem.code) : null,
    retry ? h("button.button", { onclick: retry }, "Try again") : null);
}

/// A panel with a heading.
export function card(title, extra, ...children) {
  return h("section.card", { "aria-label": title },
    h("header.card-head", null, h("h2", null, title), extra), ...children);
}

/// A state of nothing to show, with what to do about it.
export function empty(title, detail) {
  return h("div.empty", null, h("strong", null, title), detail ? h("p", null, detail) : null);
}

/// At most one call per `milliseconds`, the last one never lost.
export function throttled(milliseconds, run) {
  let timer = 0;
  let last = 0;
  const fire = () => { timer = 0; last = performance.now(); run(); };
  return () => {
    if (timer) return;
    timer = setTimeout(fire, Math.max(0, last + milliseconds - performance.now()));
  };
}

/// Runs once the calls have stopped for `milliseconds`.
export function settled(milliseconds, run) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), milliseconds);
  };
}
