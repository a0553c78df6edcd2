// The first view: the head of the chain as it moves.

import { bars } from "./chart.js";
import { ago, count, duration, fee, h, heading, link, table, unit } from "./dom.js";
import { get } from "./api.js";
import { on, state } from "./live.js";
import { t } from "./words.js";

const ROWS = 12;
const CHART_BLOCKS = 60;
const CHART_SECONDS = 60;

/** A number with its name. */
function card(name, href) {
  const value = h("strong", {}, "–");
  const box = href ? h("a", { class: "card", href }, h("span", {}, name), value) : h("div", { class: "card" }, h("span", {}, name), value);
  return { box, value };
}

/** The times between the newest blocks, which have no gap, oldest first. */
function blockTimes() {
  const blocks = state.blocks.slice(0, CHART_BLOCKS + 1).reverse();
  return blocks.slice(1).map((block, index) => ({ height: block.height, ms: block.time_ms - blocks[index].time_ms }));
}

/** The middle of some numbers. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : 0;
}

/** The transactions of every second of the last minute, oldest first. */
function perSecond() {
  const now = Date.now();
  const seconds = new Array(CHART_SECONDS).fill(0);
  for (const block of state.blocks) {
    const age = Math.floor(Math.max(0, now - block.time_ms) / 1000);
    if (age < CHART_SECONDS) seconds[CHART_SECONDS - 1 - age] += block.transaction_count;
  }
  return seconds;
}

/** The chart of block times. */
function timeChart() {
  const points = blockTimes();
  const sum = t("median").replace("{}", duration(median(points.map((point) => point.ms))));
  const shown = points.map((point) => ({ value: point.ms, label: `${t("block")} ${point.height}: ${duration(point.ms)}` }));
  const ends = [points.at(0)?.height, points.at(-1)?.height].map((height) => (height ? `${t("block")} ${count(height)}` : ""));
  return bars(t("block_time"), shown, duration, sum, ends[0], ends[1]);
}

/** The chart of throughput. */
function throughputChart() {
  const seconds = perSecond();
  const total = seconds.reduce((sum, value) => sum + value, 0);
  const sum = t("in_a_minute").replace("{}", count(total));
  const shown = seconds.map((value, index) => ({ value, label: `${unit("s", `−${CHART_SECONDS - index}`)}: ${count(value)}` }));
  return bars(t("throughput"), shown, (value) => `${count(value)} ${t("per_second")}`, sum, unit("s", `−${CHART_SECONDS}`), t("now"));
}

/** The newest blocks. */
export function blockTable(blocks) {
  const columns = [{ name: t("height"), class: "brief" }, { name: t("age"), class: "brief" }, { name: t("transactions"), class: "brief number" }, { name: t("proposer") }, { name: t("id") }];
  const rows = blocks.map((block) => [
    link("block", block.height, count(block.height)),
    ago(block.time_ms),
    count(block.transaction_count),
    link("validator", block.proposer),
    link("block", block.height, block.id.slice(0, 12) + "…"),
  ]);
  return table(t("blocks"), columns, rows, t("no_blocks"));
}

/** Shows the head of the chain. */
export async function show(root, parts, signal) {
  const cards = {
    height: card(t("height"), "#/blocks"),
    age: card(t("last_block")),
    waiting: card(t("waiting"), "#/mempool"),
    validators: card(t("validators"), "#/validators"),
    peers: card(t("peers"), "#/peers"),
    fee: card(t("payment_costs")),
  };
  const charts = h("div", { class: "charts" });
  const list = h("div", {});
  const boxes = Object.values(cards).map((each) => each.box);
  root.append(heading(t("home")), h("div", { class: "cards" }, boxes), charts, h("h2", {}, t("latest_blocks")), list);

  const draw = () => {
    const head = state.blocks[0];
    cards.height.value.textContent = count(state.status?.height ?? 0);
    cards.age.value.textContent = head ? ago(head.time_ms) : "–";
    cards.waiting.value.textContent = count(state.mempool?.transactions ?? 0);
    cards.peers.value.textContent = count(state.status?.peers ?? 0);
  };
  const drawBlocks = () => {
    draw();
    charts.replaceChildren(timeChart(), throughputChart());
    // A row that has the focus or is being pointed at is not taken away.
    if (!list.matches(":hover, :focus-within")) list.replaceChildren(blockTable(state.blocks.slice(0, ROWS)));
  };
  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      if (!signal.aborted) drawBlocks();
    });
  };
  on("block", signal, soon);
  on("connection", signal, soon);
  on("mempool", signal, draw);
  on("peers", signal, draw);
  const clock = setInterval(soon, 1000);
  signal.addEventListener("abort", () => clearInterval(clock));
  drawBlocks();

  const [validators, fees] = await Promise.all([get("/v1/validators", signal), get("/v1/fees", signal)]);
  cards.validators.value.textContent = count(validators.validators.length);
  cards.fee.value.textContent = fee(fees.transfer.fee);
}
