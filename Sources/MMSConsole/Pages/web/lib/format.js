// Values for people: units scaled, times as ages, exact forms kept for hovering.
import { h } from "./dom.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const stamp = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export const count = (value) => whole.format(value);

/// 1536 → ["1.5", "KiB"].
export function bytes(value) {
  let step = 0;
  let rest = Math.abs(value);
  while (rest >= 1024 && step < binary.length - 1) { rest /= 1024; step += 1; }
  const digits = step === 0 || rest >= 100 ? 0 : 1;
  return [(Math.sign(value) * rest).toFixed(digits), binary[step]];
}

/// 93500 ms → ["1 m 33", "s"], with the two largest units.
export function duration(milliseconds) {
  const value = Math.abs(milliseconds);
  if (value < 1000) return [number.format(milliseconds), "ms"];
  if (value < 60_000) return [(milliseconds / 1000).toFixed(value < 10_000 ? 1 : 0), "s"];
  const minutes = Math.floor(value / 60_000);
  if (minutes < 60) return [`${minutes}m ${Math.floor(value / 1000) % 60}s`, ""];
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return [`${hours}h ${minutes % 60}m`, ""];
  return [`${Math.floor(hours / 24)}d ${hours % 24}h`, ""];
}

/// How long ago an instant was: "now", "12 s", "3 m", "5 h", "9 d".
export function age(instant, now = Date.now()) {
  const seconds = Math.round((now - instant) / 1000);
  if (seconds < 0) return "ahead";
  if (seconds < 2) return "now";
  if (seconds < 100) return `${seconds}s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

const two = (value) => String(value).padStart(2, "0");

/// The local date and time with milliseconds and offset, for hovering.
export function exact(instant) {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return String(instant);
  const zone = -date.getTimezoneOffset();
  const sign = zone < 0 ? "−" : "+";
  const offset = `${sign}${two(Math.floor(Math.abs(zone) / 60))}:${two(Math.abs(zone) % 60)}`;
  return `${day(date)} ${clock(date)} ${offset}`;
}

const day = (date) =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/// The local time of day with milliseconds; with the date when that is not today.
export function clock(instant, withDay = false) {
  const date = new Date(instant);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
    + `.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return withDay && day(date) !== day(new Date()) ? `${day(date)} ${time}` : time;
}

/// The instant a field holds: RFC 3339 text, or a number whose unit says so. Null for others.
export function instantOf(value, unit) {
  if (typeof value === "string" && stamp.test(value)) return Date.parse(value);
  if (typeof value !== "number" || !unit || !/since 1970|unix|epoch/i.test(unit)) return null;
  if (/^(ns|nano)/i.test(unit)) return value / 1e6;
  if (/^(µs|us|micro)/i.test(unit)) return value / 1e3;
  return /^(ms|milli)/i.test(unit) ? value : value * 1000;
}

/// A number in its unit → [figure, unit] as people read it.
export function scaled(value, unit) {
  switch ((unit ?? "").toLowerCase()) {
  case "bytes": case "byte": case "b": return bytes(value);
  case "bytes/s": { const [figure, suffix] = bytes(value); return [figure, suffix + "/s"]; }
  case "kib": return bytes(value * 1024);
  case "ms": case "milliseconds": return duration(value);
  case "s": case "seconds": return duration(value * 1000);
  case "ns": case "nanoseconds": return duration(value / 1e6);
  case "µs": case "us": case "microseconds": return duration(value / 1e3);
  case "percent": case "%": return [number.format(value), "%"];
  case "": return [plainNumber(value), ""];
  default: return [number.format(value), unit];
  }
}

// Identifiers such as pids are not quantities: no grouping below a million.
const plainNumber = (value) =>
  Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : number.format(value);

/// A value as one line of text.
export function text(value, field) {
  if (value === null || value === undefined) return "";
  const instant = instantOf(value, field?.unit);
  if (instant !== null) return age(instant);
  if (typeof value === "number") {
    const [figure, unit] = scaled(value, field?.unit);
    return unit ? `${figure} ${unit}` : figure;
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((one) => text(one, field)).join(", ");
  if (typeof value === "object") {
    return Object.entries(value).map(([key, one]) => `${key}=${text(one)}`).join(" ");
  }
  return String(value);
}

/// The form shown on hovering: what the text form rounds away; empty when nothing is.
export function hover(value, field) {
  const instant = instantOf(value, field?.unit);
  if (instant !== null) return exact(instant);
  if (typeof value === "number" && field?.unit) return `${value} ${field.unit}`;
  if (typeof value === "string") return value.length > 24 ? value : "";
  if (value && typeof value === "object") return JSON.stringify(value);
  return "";
}

/// A value as a node: figure with a quiet unit, age with its exact time, text as it is.
export function node(value, field) {
  if (value === null || value === undefined) return h("span.none", null, "–");
  const title = hover(value, field) || null;
  if (typeof value === "number" && instantOf(value, field?.unit) === null) {
    const [figure, unit] = scaled(value, field?.unit);
    return h("span.num", { title }, figure, unit ? h("span.unit", null, ` ${unit}`) : null);
  }
  return h("span", { title }, text(value, field));
}

/// A key that sorts numbers as numbers, texts by letter, and puts what is missing last.
export function sortKey(value) {
  if (value === null || value === undefined) return [2, ""];
  if (typeof value === "number") return [0, value];
  if (typeof value === "boolean") return [0, value ? 1 : 0];
  if (typeof value === "object") return [1, JSON.stringify(value)];
  return /^\d{1,15}$/.test(value) ? [0, Number(value)] : [1, value.toLowerCase()];
}

/// Orders two keys of `sortKey`.
export function compareKeys([leftKind, left], [rightKind, right]) {
  if (leftKind !== rightKind) return leftKind - rightKind;
  return left < right ? -1 : left > right ? 1 : 0;
}
