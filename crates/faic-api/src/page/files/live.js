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

/** Takes a block into the list, in its place and once. */
function take(block) {
  if (state.blocks.some((known) => known.height === block.height)) return false;
  state.blocks = [block, ...state.blocks].sort((a, b) => b.height - a.height).slice(0, BLOCKS_MAX);
  return true;
}

/** Notes whether the stream is open. */
function connected(now) {
  if (state.connected === now) return;
  state.connected = now;
  tell("connection", now);
}

/** Follows the node. What breaks is begun anew, because another chain may answer after a restart. */
function follow() {
  const source = new EventSource("/v1/events?kind=blocks&kind=mempool&kind=peers");
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => {
    connected(false);
    source.close();
    setTimeout(start, REOPEN_MS);
  });
  source.addEventListener("block", (event) => {
    const block = JSON.parse(event.data);
    if (!take(block)) return;
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
    state.blocks = [];
    state.status = status;
    state.mempool = status.mempool;
    page.blocks.forEach(take);
    follow();
    tell("connection", state.connected);
  } catch {
    connected(false);
    setTimeout(start, REOPEN_MS);
  }
}
