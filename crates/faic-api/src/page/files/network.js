// Validators, peers, the nodes they know, and what waits for a block.

import { get } from "./api.js";
import { actionName } from "./blocks.js";
import { copyable, count, duration, facts, faic, fee, h, heading, link, problem, short, table, unit } from "./dom.js";
import { on, state } from "./live.js";
import { t } from "./words.js";

const PAGE = 25;
const REFRESH_MS = 2000;

/** Draws a view now and then, until it is left; a failure is shown in its place. */
async function refresh(body, signal, draw) {
  body.replaceChildren(...[await draw()].flat());
  const again = async () => {
    if (signal.aborted) return;
    if (!document.hidden) {
      try {
        const children = [await draw()].flat();
        if (!signal.aborted && !body.matches(":focus-within")) body.replaceChildren(...children);
      } catch (error) {
        if (error.name !== "AbortError") body.replaceChildren(problem(error));
      }
    }
    setTimeout(again, REFRESH_MS);
  };
  setTimeout(again, REFRESH_MS);
}

/** A share in percent. */
function share(part, whole) {
  const hundredths = BigInt(whole) === 0n ? 0n : (BigInt(part) * 10000n) / BigInt(whole);
  return `${(Number(hundredths) / 100).toFixed(2)} %`;
}

/** Lists the candidates with stake and absence. */
export async function showValidators(root, parts, signal) {
  const body = h("div", {});
  root.append(heading(t("validators")), body);
  await refresh(body, signal, async () => {
    const set = await get("/v1/validators", signal);
    const elected = new Map(set.validators.map((validator) => [validator.key, validator.stake]));
    const columns = [{ name: t("validator") }, { name: t("operator") }, { name: t("stake"), class: "number" }, { name: t("vote"), class: "number" }, { name: t("absent"), class: "number" }, { name: t("state") }];
    const rows = set.candidates.map((candidate) => [
      link("validator", candidate.key),
      link("account", candidate.operator),
      faic(candidate.stake),
      elected.has(candidate.key) ? share(elected.get(candidate.key), set.total_stake) : "–",
      count(candidate.absent_blocks),
      h("span", { class: `state ${candidate.status}` }, t("status_" + candidate.status)),
    ]);
    return [
      facts([[t("total_stake"), faic(set.total_stake)], [t("voting"), count(set.validators.length)], [t("next_height"), count(set.height)]]),
      table(t("validators"), columns, rows, t("none")),
    ];
  });
}

/** Shows one validator. */
export async function showValidator(root, [key], signal) {
  const set = await get("/v1/validators", signal);
  const candidate = set.candidates.find((each) => each.key === key.toLowerCase());
  if (!candidate) {
    root.append(heading(t("validator")), h("p", { class: "empty" }, t("no_validator")), h("code", {}, key));
    return;
  }
  const elected = set.validators.find((each) => each.key === candidate.key);
  root.append(
    heading(`${t("validator")} ${short(candidate.key)}`),
    facts([
      [t("key"), copyable(candidate.key)],
      [t("operator"), link("account", candidate.operator, candidate.operator)],
      [t("state"), h("span", { class: `state ${candidate.status}` }, t("status_" + candidate.status))],
      [t("since"), candidate.since === null ? null : link("block", candidate.since, count(candidate.since))],
      [t("stake"), faic(candidate.stake)],
      [t("vote"), elected ? share(elected.stake, set.total_stake) : "–"],
      [t("absent"), count(candidate.absent_blocks)],
    ]),
    h("h2", {}, t("unbonding")),
    table(t("unbonding"), [{ name: t("amount"), class: "number" }, { name: t("release"), class: "number" }], candidate.unbonding.map((part) => [faic(part.amount), count(part.release)]), t("none")),
  );
}

/** Lists the peers with their round trips, and the nodes that are known. */
export async function showPeers(root, parts, signal) {
  const body = h("div", {});
  root.append(heading(t("peers")), body);
  await refresh(body, signal, async () => {
    const [node, { peers }, { nodes }] = await Promise.all(["/v1/node", "/v1/node/peers", "/v1/network/nodes"].map((path) => get(path, signal)));
    const peerColumns = [{ name: t("node") }, { name: t("round_trip"), class: "number" }, { name: t("height"), class: "brief number" }, { name: t("score"), class: "brief number" }, { name: t("connected_for"), class: "brief" }, { name: t("address"), class: "text" }];
    const peerRows = peers.map((peer) => [
      link("node", peer.id),
      duration(peer.round_trip_ms),
      count(peer.state?.height ?? 0),
      count(peer.score),
      duration(peer.connected_for_ms),
      h("code", {}, peer.address),
    ]);
    const nodeColumns = [{ name: t("node") }, { name: t("kind") }, { name: t("height"), class: "number" }, { name: t("address"), class: "text" }];
    const nodeRows = nodes.map((known) => [link("node", known.id), known.state ? t("kind_" + known.state.node_type) : "–", known.state ? count(known.state.height) : "–", known.addresses.join(" ")]);
    return [
      facts([
        [t("this_node"), copyable(node.id)],
        [t("kind"), t("kind_" + node.node_type)],
        [t("validator"), node.validator ? link("validator", node.validator) : null],
        [t("vote_from"), node.vote_from === null ? null : count(node.vote_from)],
        [t("load"), `${node.load_percent} %`],
        [t("behind"), count(Math.max(0, node.sync.target - node.sync.height))],
        [t("listens"), node.addresses.join(" ") || "–"],
      ]),
      h("h2", {}, t("connected")),
      table(t("connected"), peerColumns, peerRows, t("no_peers")),
      h("h2", {}, t("known_nodes")),
      table(t("known_nodes"), nodeColumns, nodeRows, t("no_nodes")),
    ];
  });
}

/** Shows what a node last said about itself. */
export async function showNode(root, [id], signal) {
  const node = await get(`/v1/node/peers/${encodeURIComponent(id)}/state`, signal);
  root.append(
    heading(`${t("node")} ${short(id)}`),
    facts([
      [t("id"), copyable(id)],
      [t("kind"), t("kind_" + node.node_type)],
      [t("validator"), node.validator ? link("validator", node.validator) : null],
      [t("height"), count(node.height)],
      [t("head"), h("code", {}, node.head)],
      [t("load"), `${node.load_percent} %`],
      [t("version"), node.version],
    ]),
  );
}

/** What a transaction pays out or puts at stake, all together. */
function amountOf({ action }) {
  if (action.outputs) return faic(action.outputs.reduce((sum, output) => sum + BigInt(output.amount), 0n));
  return action.amount ? faic(action.amount) : "–";
}

/** A page of what waits for a block, best first. */
async function waitingTable(cursor, signal) {
  const page = await get(`/v1/mempool?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`, signal);
  const columns = [{ name: t("transaction") }, { name: t("action") }, { name: t("amount"), class: "number" }, { name: t("sender") }, { name: t("fee_per_byte"), class: "number" }, { name: t("bytes"), class: "number" }];
  const rows = page.transactions.map(({ id, bytes, fee_per_byte, transaction }) => [
    link("transaction", id),
    actionName(transaction.action),
    amountOf(transaction),
    link("account", transaction.sender),
    fee(fee_per_byte),
    count(bytes),
  ]);
  const next = page.next_cursor ? h("a", { class: "button", href: `#/mempool/${page.next_cursor}` }, t("next")) : null;
  const first = cursor ? h("a", { class: "button", href: "#/mempool" }, t("first")) : null;
  return [table(t("waiting"), columns, rows, t("nothing_waits")), h("p", { class: "pages" }, first, next)];
}

/** Shows what waits for a block, how full the mempool is, and what a payment costs. */
export async function showMempool(root, [cursor], signal) {
  const waiting = h("div", {});
  const costs = h("div", {});
  const draw = () => {
    const pool = state.mempool;
    if (!pool) return;
    waiting.replaceChildren(facts([[t("waiting"), count(pool.transactions)], [t("bytes"), count(pool.bytes)], [t("lowest_fee"), fee(pool.fee_per_byte_min)]]));
  };
  on("mempool", signal, draw);
  on("connection", signal, draw);
  const list = h("div", {});
  root.append(heading(t("mempool")), waiting, h("h2", {}, t("waiting")), list, h("h2", {}, t("fees")), costs);
  draw();
  await refresh(list, signal, () => waitingTable(cursor, signal));
  await refresh(costs, signal, async () => {
    const fees = await get("/v1/fees", signal);
    return facts([
      [t("base_fee"), fee(fees.base_fee_per_byte)],
      [t("next_base_fee"), `${fee(fees.next_base_fee_per_byte_min)} – ${fee(fees.next_base_fee_per_byte_max)}`],
      [t("suggested_fee"), fee(fees.suggested_fee_per_byte)],
      [t("payment_costs"), `${fee(fees.transfer.fee)} (${unit("bytes", count(fees.transfer.bytes))})`],
    ]);
  });
}
