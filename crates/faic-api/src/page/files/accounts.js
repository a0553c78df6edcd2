// Accounts: what they have, how they are paid, and their history.

import { get } from "./api.js";
import { ago, copyable, count, facts, faic, h, heading, link, problem, qr, short, table } from "./dom.js";
import { actionName } from "./blocks.js";
import { on } from "./live.js";
import { t } from "./words.js";

const PAGE = 25;

/** What a transaction moved to or from an account, with its sign and without the fee; what it paid to itself has no sign. */
function moved(item, address) {
  const { transaction } = item;
  const outputs = transaction.action.outputs ?? [];
  const isSender = transaction.sender === address;
  const others = outputs.filter((output) => (output.to === address) !== isSender);
  const isToItself = isSender && others.length === 0;
  const touched = isToItself ? outputs : others;
  if (touched.length === 0) return "–";
  const sum = faic(touched.reduce((sum, output) => sum + BigInt(output.amount), 0n));
  if (isToItself) return h("span", {}, sum);
  return h("span", { class: isSender ? "out" : "in" }, (isSender ? "−" : "+") + sum);
}

/** The fee of a transaction, where the account paid it. */
function feeOf({ receipt }, address) {
  return receipt.payer === address ? faic(receipt.fee) : "–";
}

/** The other side of a payment. */
function counterpart(item, address) {
  const { transaction } = item;
  if (transaction.sender !== address) return link("account", transaction.sender);
  const outputs = transaction.action.outputs ?? [];
  if (outputs.length === 1) return link("account", outputs[0].to);
  return outputs.length > 1 ? t("receivers").replace("{}", count(outputs.length)) : "–";
}

/** The memos that concern an account. */
function memos(item, address) {
  const outputs = item.transaction.action.outputs ?? [];
  const mine = outputs.filter((output) => item.transaction.sender === address || output.to === address);
  return [item.transaction.memo, ...mine.map((output) => output.memo)].filter(Boolean).join(", ");
}

/** A page of the history. */
function history(transactions, address) {
  const columns = [{ name: t("age") }, { name: t("action") }, { name: t("amount"), class: "number" }, { name: t("fee"), class: "number" }, { name: t("counterpart"), class: "text" }, { name: t("memo"), class: "text" }, { name: t("transaction") }];
  const rows = transactions.map((item) => [
    ago(item.time_ms),
    actionName(item.transaction.action),
    moved(item, address),
    feeOf(item, address),
    counterpart(item, address),
    memos(item, address),
    link("transaction", item.id),
  ]);
  return table(t("history"), columns, rows, t("no_history"));
}

/** Calls back when transactions of an account are told, and after the node was away, until the view is left. */
export function followAccount(address, signal, callback) {
  let source = null;
  let lost = false;
  const open = () => {
    source?.close();
    source = new EventSource(`/v1/events?account=${encodeURIComponent(address)}`);
    source.addEventListener("transaction", callback);
  };
  on("connection", signal, (connected) => {
    if (connected && lost) {
      open();
      callback();
    }
    lost = !connected;
  });
  signal.addEventListener("abort", () => source.close());
  open();
}

/** Shows an account with its newest transactions as they come, or an older page of them. */
export async function showAccount(root, [address, cursor], signal) {
  const encoded = encodeURIComponent(address);
  const read = () =>
    Promise.all([
      get(`/v1/accounts/${encoded}`, signal),
      get(`/v1/accounts/${encoded}/transactions?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`, signal),
    ]);
  const body = h("div", {});
  const draw = ([account, page]) => {
    const older = page.next_cursor ? h("a", { class: "button", href: `#/account/${encoded}/${encodeURIComponent(page.next_cursor)}` }, t("older")) : null;
    const newest = cursor ? h("a", { class: "button", href: `#/account/${encoded}` }, t("newest")) : null;
    body.replaceChildren(
      h(
        "div",
        { class: "split" },
        facts([
          [t("balance"), h("strong", { class: "big" }, faic(account.balance))],
          [t("address"), copyable(account.address)],
          [t("memo_required"), t(account.memo_required ? "yes" : "no")],
          [t("authority"), account.authority ? h("code", {}, account.authority) : t("first_key")],
          [t("lanes"), account.lanes.length ? account.lanes.map((lane) => `${lane.lane}: ${lane.next_sequence}`).join(", ") : null],
          [t("at_height"), count(account.height)],
        ]),
        qr(account.address),
      ),
      h("h2", {}, t("history")),
      history(page.transactions, account.address),
      h("p", { class: "pages" }, newest, older),
    );
  };
  draw(await read());
  root.append(heading(`${t("account")} ${short(address)}`), body);
  if (cursor) return;
  followAccount(address, signal, async () => {
    try {
      draw(await read());
    } catch (error) {
      if (error.name !== "AbortError") body.prepend(problem(error));
    }
  });
}
