// Blocks and transactions.

import { get, settled } from "./api.js";
import { ago, copyable, count, facts, faic, h, heading, link, moment, problem, short, table } from "./dom.js";
import { blockTable } from "./home.js";
import { t } from "./words.js";

const PAGE = 25;

/** Lists blocks, newest first; the cursor of an older page is in the address. */
export async function showBlocks(root, [cursor], signal) {
  const page = await get(`/v1/blocks?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`, signal);
  const older = page.next_cursor ? h("a", { class: "button", href: `#/blocks/${encodeURIComponent(page.next_cursor)}` }, t("older")) : null;
  const newest = cursor ? h("a", { class: "button", href: "#/blocks" }, t("newest")) : null;
  root.append(heading(t("blocks")), blockTable(page.blocks), h("p", { class: "pages" }, newest, older));
}

/** Who signed a block. */
function signatures(certificate) {
  const rows = certificate.signatures.map((vote) => [link("validator", vote.validator), h("code", {}, short(vote.signature))]);
  return table(t("signatures"), [{ name: t("validator") }, { name: t("signature") }], rows, t("none"));
}

/** Shows a block. */
export async function showBlock(root, [height], signal) {
  const block = await get(`/v1/blocks/${encodeURIComponent(height)}`, signal);
  const before = block.height > 1 ? h("a", { class: "button", href: `#/block/${block.height - 1}` }, t("previous")) : null;
  const after = h("a", { class: "button", href: `#/block/${block.height + 1}` }, t("next"));
  const rows = block.transactions.map((id, index) => [count(index), link("transaction", id, id)]);
  root.append(
    heading(`${t("block")} ${count(block.height)}`),
    h("p", { class: "pages" }, before, after),
    facts([
      [t("state"), h("span", { class: "state final" }, t("final"))],
      [t("id"), copyable(block.id)],
      [t("time"), [moment(block.time_ms), ` (${ago(block.time_ms)})`]],
      [t("proposer"), link("validator", block.proposer, block.proposer)],
      [t("round"), count(block.certificate.round)],
      [t("transactions"), count(block.transaction_count)],
      [t("evidence"), count(block.evidence_count)],
      [t("parent"), block.height > 1 ? link("block", block.height - 1, block.parent) : h("code", {}, block.parent)],
      [t("state_root"), h("code", {}, block.state_root)],
      [t("transactions_root"), h("code", {}, block.transactions_root)],
      [t("receipts_root"), h("code", {}, block.receipts_root)],
    ]),
    h("h2", {}, t("transactions")),
    table(t("transactions"), [{ name: "#", class: "brief number" }, { name: t("id"), class: "text" }], rows, t("no_transactions")),
    h("h2", {}, t("signatures")),
    signatures(block.certificate),
  );
}

/** What a transaction does, in a word. */
export function actionName(action) {
  return t("action_" + action.kind);
}

/** What an action pays or changes. */
function actionDetail(action) {
  if (action.kind === "transfer") {
    const rows = action.outputs.map((output) => [link("account", output.to), faic(output.amount), output.memo]);
    return table(t("outputs"), [{ name: t("receiver") }, { name: t("amount"), class: "number" }, { name: t("memo"), class: "text" }], rows, t("none"));
  }
  return facts([
    [t("amount"), action.amount ? faic(action.amount) : null],
    [t("validator"), action.key ? link("validator", action.key, action.key) : null],
    [t("memo_required"), typeof action.memo_required === "boolean" ? t(action.memo_required ? "yes" : "no") : null],
    [t("authority"), action.authority ? `${action.authority.threshold} / ${action.authority.keys.length}` : null],
  ]);
}

/** Everything about a transaction as it stands. */
function transactionBody(answer) {
  const { transaction, receipt } = answer;
  const state = h("span", { class: `state ${answer.state}`, id: "transaction-state" }, t("state_" + answer.state));
  const head = [[t("state"), state], [t("id"), copyable(answer.id)]];
  if (answer.reason) return [facts(head), h("p", {}, t("rejected_about")), problem({ code: answer.code, message: answer.reason })];
  if (!transaction) return [facts(head)];
  return [
    facts([
      ...head,
      [t("block"), answer.height ? link("block", answer.height, count(answer.height)) : null],
      [t("action"), actionName(transaction.action)],
      [t("sender"), link("account", transaction.sender, transaction.sender)],
      [t("fee"), faic(transaction.fee)],
      [t("fee_payer"), transaction.fee_payer ? link("account", transaction.fee_payer, transaction.fee_payer) : null],
      [t("memo"), transaction.memo || null],
      [t("lane"), `${transaction.lane} / ${transaction.sequence}`],
      [t("valid_until"), count(transaction.valid_until)],
      [t("sender_balance_after"), receipt ? faic(receipt.sender_balance) : null],
    ]),
    h("h2", {}, actionName(transaction.action)),
    actionDetail(transaction.action),
  ];
}

/** Shows a transaction, and follows it until it is settled. */
export async function showTransaction(root, [id], signal) {
  const path = `/v1/transactions/${encodeURIComponent(id)}`;
  const answer = await get(path, signal);
  const body = h("div", { "aria-live": "polite" }, transactionBody(answer));
  root.append(heading(`${t("transaction")} ${short(id)}`), body);
  if (answer.state === "pooled") body.replaceChildren(...transactionBody(await settled(id, signal)));
}
