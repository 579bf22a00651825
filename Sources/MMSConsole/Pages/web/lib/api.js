// The node's HTTP API. Every failure becomes a Problem (RFC 9457), every stream is server-sent
// events read through fetch: EventSource hides the body of a refusal and cannot be resumed by us.

/// Why a request failed, in the node's own words where it gave some.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.title = body.title || `The node answered ${status}`;
    this.detail = body.detail;
    this.code = body.code;
    this.remedy = body.remedy;
    this.field = body.field;
  }

  /// The column of a query the problem points at, from 1; null when it names none.
  column(body = this.detail) {
    const found = /\bcolumn (\d+)/i.exec(body ?? "");
    return found ? Number(found[1]) : null;
  }

  static offline(error) {
    return new Problem(0, {
      title: "The node does not answer", detail: error?.message, code: "unreachable",
      remedy: "Is it running? See `pisces status`. The page tries again by itself.",
    });
  }
}

let onSignedOut = () => {};

/// Calls back when the session is missing or has ended.
export function whenSignedOut(callback) { onSignedOut = callback; }

export function url(path, params) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params ?? {})) {
    if (value !== null && value !== undefined && value !== "") query.append(key, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function refusal(response) {
  let body = {};
  try { body = parse(await response.text()); } catch { body = {}; }
  const problem = new Problem(response.status, body ?? {});
  if (response.status === 401) onSignedOut(problem);
  return problem;
}

async function request(address, signal, accept) {
  let response;
  try {
    response = await fetch(address, { signal, headers: { Accept: accept } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Problem.offline(error);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/// Reads JSON; integers beyond 2^53 stay exact, as strings.
export function parse(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, value, context) =>
    typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? context?.source ?? value : value);
}

export async function get(path, params, signal) {
  const response = await request(url(path, params), signal, "application/json");
  return parse(await response.text());
}

/// Reads every page of a list, calling `page(items)` for each; stops at `limit` rows.
export async function getAll(type, params, page, signal, limit = 50_000) {
  let after;
  let rows = 0;
  do {
    const path = `/v1/resources/${encodeURIComponent(type)}`;
    const answer = await get(path, { ...params, limit: 1000, after }, signal);
    rows += answer.items.length;
    page(answer.items);
    after = answer.next;
  } while (after && rows < limit);
  return { complete: !after };
}

/// Reads one stream until it ends: calls `event(name, data)` for each.
export async function readStream(address, event, signal, opened) {
  const response = await request(address, signal, "text/event-stream");
  opened?.();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    pending += value;
    // A block ends with an empty line; what follows the last one is not complete yet.
    const blocks = pending.split(/\r?\n\r?\n/);
    pending = blocks.pop();
    for (const block of blocks) dispatch(block, event);
  }
}

function dispatch(block, event) {
  let name = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  if (data.length) event(name, parse(data.join("\n")));
  else if (name !== "message") event(name, {});
}

/// Waits, unless the signal ends it first.
export function wait(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
