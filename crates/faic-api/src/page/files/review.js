// What a payer is shown and confirms before anything is paid: what it costs, and what is known of the receiver.

import { get, getWith } from "./api.js";
import { facts, faic, h } from "./dom.js";
import { t } from "./words.js";

/** How many transactions of the payer's history are looked at. */
const HISTORY_ITEMS = 100;
/** How many characters at each end of an address people are taken to compare. */
const END_CHARACTERS = 3;
/** How many characters of an address are shown together where two are compared. */
const GROUP = 4;

/** How many bytes a text has in UTF-8. */
export function bytes(text) {
  return new TextEncoder().encode(text).length;
}

/** Whom an account paid and who paid it, as far as its recent history shows. */
async function recent(address, signal) {
  const paid = new Set();
  const payers = new Set();
  const { transactions } = await get(`/v1/accounts/${address}/transactions?limit=${HISTORY_ITEMS}`, signal).catch((error) => {
    // All of the history is older than the blocks that this node has.
    if (error.status === 410) return { transactions: [] };
    throw error;
  });
  for (const { transaction } of transactions) {
    if (transaction.sender === address) for (const output of transaction.action.outputs ?? []) paid.add(output.to);
    else payers.add(transaction.sender);
  }
  return { paid, payers };
}

/** What people compare of an address: its first characters, after those of the network, and its last ones. */
function ends(address) {
  const own = address.slice(address.indexOf("1") + 1);
  return own.slice(0, END_CHARACTERS) + own.slice(-END_CHARACTERS);
}

/**
 * An address that the receiver looks like without being it, with what that one is; nothing when there is none. A wallet of
 * this node is never doubted; who was paid before only where it looks like one of those.
 */
function lookAlike(receiver, wallets, { paid, payers }) {
  if (wallets.some((wallet) => wallet.address === receiver)) return null;
  const alike = (address) => address !== receiver && ends(address) === ends(receiver);
  const own = wallets.find((wallet) => alike(wallet.address));
  if (own) return { address: own.address, what: t("alike_wallet").replace("{}", own.name) };
  if (paid.has(receiver)) return null;
  const [was, pays] = [[...paid].find(alike), [...payers].find(alike)];
  if (was) return { address: was, what: t("alike_paid") };
  return pays ? { address: pays, what: t("alike_payer") } : null;
}

/** An address in groups after what names the network, of which those that are not the other one's are marked. */
function compared(address, other) {
  const first = address.indexOf("1") + 1;
  const groups = [h("span", {}, address.slice(0, first))];
  for (let start = first; start < address.length; start += GROUP) {
    const group = address.slice(start, start + GROUP);
    groups.push(h(group === other.slice(start, start + GROUP) ? "span" : "mark", {}, group));
  }
  return h("code", { class: "compared" }, groups);
}

/** Warns of a receiver that looks like a known address; `pay` works only while the box is ticked. */
function lookAlikeWarning(receiver, known, pay) {
  const box = h("input", { type: "checkbox", id: "was-compared" });
  box.addEventListener("change", () => {
    pay.disabled = !box.checked;
  });
  pay.disabled = true;
  const pair = [[t("you_pay"), compared(receiver, known.address)], [known.what, compared(known.address, receiver)]];
  const about = [h("strong", {}, t("look_alike")), h("p", {}, t("look_alike_about")), facts(pair)];
  const tick = h("label", { class: "tick" }, box, t("was_compared"));
  return { warning: h("div", { class: "warning", id: "look-alike", role: "alert" }, about, tick), box };
}

/** What is to be said of a receiver whom the account has not paid lately; nothing of another one, and of itself. */
function newness(receiver, from, paid) {
  if (receiver.address === from || paid.has(receiver.address)) return null;
  const isUnused = receiver.balance === "0" && receiver.lanes.length === 0;
  return h("p", { class: "warning" }, t(isUnused ? "new_receiver" : "first_payment"));
}

/** Refuses an amount that the balance does not cover together with the fee. */
function checkBalance(own, amount, cost) {
  const most = BigInt(own.balance) - cost;
  if (BigInt(amount) <= most) return;
  const parts = [own.balance, cost, most < 0n ? 0n : most].map(faic);
  throw { title: t("not_enough"), message: parts.reduce((text, part) => text.replace("{}", part), t("not_enough_advice")) };
}

/**
 * Shows what would be paid, with what is known of the receiver; resolves when that is confirmed. It ends when a field of the
 * form is changed, so that what is confirmed is what stands there.
 */
export async function review(outcome, from, output, token, signal) {
  const read = (path) => get(path, signal);
  const receiver = await read(`/v1/accounts/${encodeURIComponent(output.to)}`);
  const [own, fees, known] = await Promise.all([read(`/v1/accounts/${from}`), read("/v1/fees"), recent(from, signal)]);
  const { wallets } = await getWith(token, "/v1/wallets", signal);
  const cost = BigInt(fees.transfer.fee) + BigInt(fees.suggested_fee_per_byte) * BigInt(bytes(output.memo ?? ""));
  checkBalance(own, output.amount, cost);
  const after = BigInt(own.balance) - cost - (receiver.address === from ? 0n : BigInt(output.amount));
  const other = lookAlike(receiver.address, wallets, known);
  const shown = new AbortController();
  await new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("", "AbortError"));
    const edited = ({ target }) => outcome.contains(target) || stop();
    outcome.closest("form").addEventListener("input", edited, { signal: shown.signal });
    const pay = h("button", { type: "button", id: "pay-now", onclick: resolve }, t("pay_now"));
    const cancel = h("button", { type: "button", id: "cancel", class: "quiet", onclick: stop }, t("cancel"));
    const doubt = other && lookAlikeWarning(receiver.address, other, pay);
    const payment = facts([
      [t("receiver"), h("code", {}, receiver.address)],
      [t("amount"), faic(output.amount)],
      [t("memo"), output.memo],
      [t("fee"), faic(cost)],
      [t("balance_after"), faic(after)],
    ]);
    const memo = receiver.memo_required && !output.memo ? h("p", { class: "warning" }, t("asks_for_memo")) : null;
    const notes = [doubt?.warning, newness(receiver, from, known.paid), memo].filter(Boolean);
    outcome.replaceChildren(payment, ...notes, h("p", {}, pay, " ", cancel));
    // Not on the button: whoever presses Enter twice has not read what is paid.
    payment.tabIndex = -1;
    (doubt?.box ?? payment).focus();
  }).finally(() => {
    shown.abort();
    outcome.replaceChildren();
  });
}
