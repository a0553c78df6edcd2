// What the node tells by itself: one stream of events for the whole page.

import { get } from "./api.js";

const BLOCKS_MAX = 120;
const REOPEN_MS = 1000;

/** What is known now: the status, the newest blocks first, the mempool, and whether the stream is open. */
export const state = { status: null, blocks: [], mempool: null, connected: false };

const target = new EventTarget();

/** Calls back at events of the page: `block`, `mempool`, `peers`, `connection`. */
export function on(kind, signal, callback) {
  target.addEventListener(kind, (event) => callback(event.detail), { signal });
}

/** Tells the views. */
function tell(kind, detail) {
  target.dispatchEvent(new CustomEvent(kind, { detail }));
}

/** The height of the newest block. */
function head() {
  return state.blocks.at(0)?.height ?? 0;
}

/** Notes whether the stream is open. */
function connected(now) {
  if (state.connected === now) return;
  state.connected = now;
  tell("connection", now);
}

/**
 * Follows the node from the newest block on that is known, so that none between reading and following is lost. What breaks
 * is begun anew, because another chain may answer after a restart; so is a list that would have a gap.
 */
function follow() {
  const source = new EventSource(`/v1/events?kind=blocks&kind=mempool&kind=peers&after=${head()}`);
  const again = () => {
    source.close();
    start();
  };
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => {
    connected(false);
    source.close();
    setTimeout(start, REOPEN_MS);
  });
  source.addEventListener("reset", again);
  source.addEventListener("block", (event) => {
    const block = JSON.parse(event.data);
    if (block.height <= head()) return;
    if (block.height > head() + 1) return again();
    state.blocks = [block, ...state.blocks].slice(0, BLOCKS_MAX);
    state.status.height = Math.max(state.status.height, block.height);
    tell("block", block);
  });
  source.addEventListener("mempool", (event) => {
    state.mempool = JSON.parse(event.data);
    tell("mempool", state.mempool);
  });
  source.addEventListener("peers", (event) => {
    state.status.peers = JSON.parse(event.data).count;
    tell("peers", state.status.peers);
  });
}

/** Reads how things stand and follows from there. */
export async function start() {
  try {
    const [status, page] = await Promise.all([get("/v1/status"), get("/v1/blocks?limit=100")]);
    state.blocks = page.blocks;
    state.status = status;
    state.status.height = Math.max(status.height, head());
    state.mempool = status.mempool;
    follow();
    tell("connection", state.connected);
  } catch {
    connected(false);
    setTimeout(start, REOPEN_MS);
  }
}
