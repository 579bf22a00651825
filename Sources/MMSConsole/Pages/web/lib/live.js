// Streams that heal: they resume where they stopped, wait longer after each failure, and let go
// of their connection while the page is hidden (a browser gives a node only six).
import { readStream, url, wait, Problem } from "./api.js";

const backOffLeast = 400;
const backOffMost = 8000;

class Stream {
  /// `state(name, problem?)` hears "connecting", "live", "retrying", "refused" or "asleep".
  constructor({ state }) {
    this.state = state ?? (() => {});
    this.closed = new AbortController();
    this.visible = () => { if (document.hidden) this.sleep(); else this.wake?.(); };
    document.addEventListener("visibilitychange", this.visible);
  }

  close() {
    document.removeEventListener("visibilitychange", this.visible);
    this.closed.abort();
    this.attempt?.abort();
    this.wake?.();
  }

  sleep() {
    this.attempt?.abort();
    this.state("asleep");
  }

  async run() {
    let delay = backOffLeast;
    while (!this.closed.signal.aborted) {
      if (document.hidden) await new Promise((resolve) => { this.wake = resolve; });
      if (this.closed.signal.aborted) return;
      this.attempt = new AbortController();
      this.state("connecting");
      try {
        await readStream(this.address(), (name, data) => this.event(name, data),
          this.attempt.signal, () => { delay = backOffLeast; this.opened(); this.state("live"); });
      } catch (error) {
        if (this.closed.signal.aborted) return;
        if (error.name !== "AbortError" && this.isFinal(error)) return;
      }
      if (this.closed.signal.aborted || document.hidden) continue;
      this.state("retrying");
      await wait(delay, this.closed.signal);
      delay = Math.min(delay * 2, backOffMost);
    }
  }

  /// A refusal of what was asked stays one; a node that is away or busy comes back.
  isFinal(error) {
    const problem = error instanceof Problem ? error : Problem.offline(error);
    if (problem.status === 410) { this.restart(); return false; }
    const final = problem.status >= 400 && problem.status < 500 && problem.status !== 429;
    if (final) this.state("refused", problem);
    return final;
  }

  restart() {}

  opened() {}
}

/// A subscription to the resources of a type: snapshot, then changes.
export class Subscription extends Stream {
  /// Calls `reset()`, `items(list)`, `ready()`, `changes(batch)`, `coalesced()`.
  constructor(query, calls) {
    super(calls);
    this.query = query;
    this.calls = calls;
    this.from = query.from ?? "snapshot";
    this.fresh = this.from === "snapshot";
  }

  address() { return url("/v1/subscribe", { ...this.query, from: this.from }); }

  /// What was known is let go of only once its replacement is on the way.
  opened() {
    if (this.from !== "snapshot") return;
    this.fresh = true;
    this.calls.reset?.();
  }

  restart() { this.from = "snapshot"; }

  event(name, data) {
    if (name === "snapshot") this.calls.items?.(data.items);
    else if (name === "changes") this.calls.changes?.(data);
    else if (name === "coalesced") this.calls.coalesced?.();
    else if (name === "gone") { this.restart(); this.attempt.abort(); }
    else if (name === "bookmark") {
      this.from = data.bookmark;
      if (this.fresh) { this.fresh = false; this.calls.ready?.(); }
    }
  }
}

/// The entries of a log from a position on, as they are appended.
export class LogTail extends Stream {
  constructor(log, from, calls) {
    super(calls);
    this.log = log;
    this.from = from;
    this.calls = calls;
  }

  address() {
    return url("/v1/log", { log: this.log, from: this.from, limit: 1000, follow: true });
  }

  event(name, data) {
    if (name !== "entry") return;
    this.from = data.position + 1;
    this.calls.entry(data);
  }
}
