// Both logs as one list: what is on screen is bounded, what was dropped from it is counted.
import { get } from "./api.js";
import { LogTail } from "./live.js";

const keptMost = 5000;
const startBack = 300;
const pageOfPast = 500;

export const keyOf = (entry) => `${entry.log}@${entry.position}`;

export class Tail {
  /// Calls `changed()` after entries came, `state(state, problem?)` as the streams change.
  constructor(logs, calls) {
    Object.assign(this, { logs, calls });
    this.entries = [];
    this.waiting = [];
    this.dropped = 0;
    this.isPaused = false;
    this.streams = [];
    this.abort = new AbortController();
  }

  close() {
    this.abort.abort();
    for (const stream of this.streams) stream.close();
  }

  read(log, params) { return get("/v1/log", { log, ...params }, this.abort.signal); }

  /// Follows the logs from a little before their ends.
  async follow() {
    for (const log of this.logs) {
      const { tail } = await this.read(log, { from: 1, limit: 1 });
      const from = Math.max(1, tail - startBack);
      const stream = new LogTail(log, from, {
        state: (state, problem) => this.calls.state(state, problem),
        entry: (entry) => this.take(entry),
      });
      this.streams.push(stream);
      stream.run();
    }
  }

  take(entry) {
    (this.isPaused ? this.waiting : this.entries).push(entry);
    this.trim();
    this.calls.changed();
  }

  trim() {
    const list = this.isPaused ? this.waiting : this.entries;
    if (list.length <= keptMost + 500) return;
    this.order();
    this.dropped += list.splice(0, list.length - keptMost).length;
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    if (isPaused) return;
    this.entries.push(...this.waiting);
    this.waiting = [];
    this.trim();
  }

  /// Logs have positions of their own; only their times interleave them.
  order() {
    this.entries.sort((left, right) => left.time < right.time ? -1 : left.time > right.time ? 1
      : left.position - right.position);
    return this.entries;
  }

  /// The entries that led up to a past moment.
  async past(at) {
    for (const log of this.logs) {
      const end = at.startsWith("@") ? Number(at.slice(1)) : await this.locate(log, at);
      if (end < 1) continue;
      const from = Math.max(1, end - pageOfPast + 1);
      const { entries } = await this.read(log, { from, limit: pageOfPast });
      this.entries.push(...entries.filter((entry) => entry.position <= end));
    }
  }

  /// The last position at or before an instant, by halving.
  async locate(log, at) {
    let low = 0;
    let { tail: high } = await this.read(log, { from: 1, limit: 1 });
    const limit = Date.parse(at);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const { entries: [entry] } = await this.read(log, { from: middle, limit: 1 });
      if (entry && Date.parse(entry.time) <= limit) low = Math.max(middle, entry.position);
      else high = middle - 1;
    }
    return low;
  }
}
