// What the node tells by itself: one stream of events for the whole page.

import { get } from "./api.js";

const BLOCKS_MAX = 120;
const REOPEN_MS = 1000;
/** How long the node may take for an answer that tells whether it is there. */
const ANSWER_MS = 10000;
/** How many of the intervals within which the node says something may pass in silence. */
const SILENT_INTERVALS = 3;

/**
 * What is known now: the status, the newest blocks first, the mempool, whether the node is followed, and for how many seconds
 * it has said nothing where that is too long, else 0.
 */
export const state = { status: null, blocks: [], mempool: null, connected: false, silence: 0 };

const target = new EventTarget();
let source = null;
let interval = 5000;
let heard = 0;
let isAsking = false;

/** Calls back at events of the page: `block`, `mempool`, `peers`, `connection`, `silence`. */
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

/** Notes for how long the node has said nothing, where that is too long. */
function silent(seconds) {
  if (state.silence === seconds) return;
  state.silence = seconds;
  tell("silence", seconds);
}

/** Notes that the node said something. */
function hear() {
  heard = performance.now();
  silent(0);
  connected(true);
}

/**
 * Looks whether the node says anything. A node that stands still or whose connection is dead closes no stream; it is asked,
 * and what it answers or says by itself shows that it is back.
 */
async function listen() {
  const isFollowed = source !== null && source.readyState !== EventSource.CLOSED;
  const ms = performance.now() - heard;
  if (!isFollowed || ms < SILENT_INTERVALS * interval) return;
  silent(Math.round(ms / 1000));
  connected(false);
  if (isAsking) return;
  isAsking = true;
  const asked = source;
  try {
    await get("/v1/status", AbortSignal.timeout(ANSWER_MS));
    // The stream of a node that answers and is silent all the same is dead.
    if (state.silence > 0 && source === asked) again();
  } catch {
    // It is asked again.
  } finally {
    isAsking = false;
  }
}

/** Begins anew. */
function again() {
  source?.close();
  source = null;
  silent(0);
  start();
}

/**
 * Follows the node from the newest block on that is known, so that none between reading and following is lost. What breaks
 * is begun anew, because another chain may answer after a restart; so is a list that would have a gap.
 */
function follow() {
  source = new EventSource(`/v1/events?kind=blocks&kind=mempool&kind=peers&after=${head()}`);
  heard = performance.now();
  const listenTo = (kind, listener) => {
    source.addEventListener(kind, (event) => {
      hear();
      listener(event);
    });
  };
  source.addEventListener("error", () => {
    connected(false);
    source.close();
    silent(0);
    setTimeout(start, REOPEN_MS);
  });
  listenTo("open", () => {});
  listenTo("alive", (event) => {
    interval = JSON.parse(event.data).interval_ms;
  });
  listenTo("reset", again);
  listenTo("block", (event) => {
    const block = JSON.parse(event.data);
    if (block.height <= head()) return;
    if (block.height > head() + 1) return again();
    state.blocks = [block, ...state.blocks].slice(0, BLOCKS_MAX);
    state.status.height = Math.max(state.status.height, block.height);
    tell("block", block);
  });
  listenTo("mempool", (event) => {
    state.mempool = JSON.parse(event.data);
    tell("mempool", state.mempool);
  });
  listenTo("peers", (event) => {
    state.status.peers = JSON.parse(event.data).count;
    tell("peers", state.status.peers);
  });
}

/** Reads how things stand and follows from there. */
export async function start() {
  try {
    const paths = ["/v1/status", "/v1/blocks?limit=100"];
    const [status, page] = await Promise.all(paths.map((path) => get(path, AbortSignal.timeout(ANSWER_MS))));
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

setInterval(listen, 1000);
