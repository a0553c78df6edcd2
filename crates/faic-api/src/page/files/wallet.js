// The wallets of the node, on a development network: the node keeps the keys, this page asks it with the node's token.

import { get, getWith, post, settled } from "./api.js";
import { followAccount } from "./accounts.js";
import { copyable, count, facts, faic, field, h, heading, link, nano, problem, qr, table } from "./dom.js";
import { hold, release } from "./leaving.js";
import { state } from "./live.js";
import { bytes, review } from "./review.js";
import { t } from "./words.js";

const TOKEN = "faic.token";

/** The token of this visit; it is forgotten when the tab is closed. */
function token() {
  return sessionStorage.getItem(TOKEN);
}

/** A form that sends once at a time and shows what went wrong in its place. */
function form(name, label, fields, action, send) {
  const outcome = h("div", { class: "outcome", "aria-live": "polite" });
  const button = h("button", { type: "submit" }, action);
  const body = h("form", { id: name, "aria-label": label, novalidate: true }, h("h2", {}, label), fields, button, outcome);
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    outcome.replaceChildren();
    try {
      await send(new FormData(body), outcome, body);
    } catch (error) {
      if (error.name !== "AbortError") outcome.replaceChildren(problem(error));
    } finally {
      button.disabled = false;
    }
  });
  return body;
}

/** Says that the wallets need the token, and takes it. */
function askToken(root) {
  const input = field(t("token"), "token", { type: "password" }, t("token_hint"));
  root.append(
    heading(t("wallet")),
    h("p", {}, t("wallet_about")),
    form("token-form", t("open"), input, t("open"), async (data) => {
      const given = data.get("token").trim();
      await getWith(given, "/v1/wallets");
      sessionStorage.setItem(TOKEN, given);
      window.dispatchEvent(new HashChangeEvent("hashchange"));
    }),
  );
}

/** The fields of a new wallet's name and password. */
function nameAndPassword(prefix) {
  return [
    field(t("wallet_name"), `${prefix}-name`, { maxlength: 64, autocapitalize: "none" }, t("wallet_name_hint")),
    field(t("password"), `${prefix}-password`, { type: "password", autocomplete: "new-password" }, t("password_hint")),
  ];
}

/** The words of a new wallet, shown this once. */
function showWords(root, wallet) {
  hold(t("leave_words"));
  const words = wallet.mnemonic.split(" ");
  root.replaceChildren(
    heading(t("write_down")),
    h("p", { class: "warning" }, t("write_down_why")),
    h("ol", { class: "words", id: "mnemonic", lang: "en" }, words.map((word) => h("li", {}, word))),
    h("button", { type: "button", id: "written", onclick: () => checkWords(root, wallet, words) }, t("written")),
  );
  root.querySelector("h1").focus();
}

/** Two different places in a list, in their order. */
function twoPlaces(length) {
  const [one, other] = crypto.getRandomValues(new Uint32Array(2));
  const first = one % length;
  return [first, (first + 1 + (other % (length - 1))) % length].sort((a, b) => a - b);
}

/** Has the reader type two of the words, so that they are on paper before the page forgets them. */
function checkWords(root, wallet, words) {
  const asked = twoPlaces(words.length);
  const label = (place) => t("word_number").replace("{}", place + 1);
  const fields = asked.map((place) => field(label(place), `word-${place + 1}`, { autocapitalize: "none", spellcheck: "false" }));
  const again = h("button", { type: "button", id: "show-again", onclick: () => showWords(root, wallet) }, t("show_again"));
  const check = form("check-words", t("two_words"), [h("p", {}, t("check_words_about")), fields], t("check_done"), async (data) => {
    const given = (place) => data.get(`word-${place + 1}`).trim().toLowerCase().normalize("NFKD");
    const wrong = asked.find((place) => given(place) !== words[place].normalize("NFKD"));
    if (wrong !== undefined) throw { title: t("wrong_word").replace("{}", wrong + 1), message: t("wrong_word_advice") };
    release();
    location.hash = `#/wallet/${wallet.name}`;
  });
  root.replaceChildren(heading(t("check_words")), check, h("p", {}, again));
  root.querySelector("h1").focus();
}

/** The form that makes a wallet. */
function createForm(root) {
  return form("create", t("create"), nameAndPassword("create"), t("create"), async (data) => {
    const body = { name: data.get("create-name").trim(), password: data.get("create-password") };
    // The answer has the words: who leaves before it comes never sees them.
    hold(t("leave_words"));
    try {
      showWords(root, await post("/v1/wallets", body, token()));
    } catch (error) {
      release();
      throw error;
    }
  });
}

/** The largest index of an account. */
const INDEX_MAX = 2147483647;

/** The index of an account, as it was typed. */
function index(text) {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Infinity;
  if (value > INDEX_MAX) throw { title: t("wrong_index"), message: t("wrong_index_advice") };
  return value;
}

/** The form that imports a wallet from its words. */
function importForm() {
  const words = field(t("mnemonic"), "mnemonic", { rows: 3, autocapitalize: "none", spellcheck: "false" }, t("mnemonic_hint"));
  const advanced = h(
    "details",
    { id: "advanced" },
    h("summary", {}, t("advanced")),
    field(t("account_index"), "index", { inputmode: "numeric", value: "0" }, t("account_index_hint")),
    field(t("passphrase"), "passphrase", { type: "password", required: false }, t("passphrase_hint")),
  );
  return form("import", t("import"), [...nameAndPassword("import"), words, advanced], t("import"), async (data) => {
    const mnemonic = data.get("mnemonic").trim().split(/\s+/).join(" ");
    const body = { name: data.get("import-name").trim(), password: data.get("import-password"), mnemonic, index: index(data.get("index")) };
    if (data.get("passphrase")) body.passphrase = data.get("passphrase");
    const wallet = await post("/v1/wallets/import", body, token());
    location.hash = `#/wallet/${wallet.name}`;
  });
}

/** Lists the wallets, and makes new ones. */
async function showWallets(root, signal) {
  const { wallets } = await getWith(token(), "/v1/wallets", signal);
  const accounts = await Promise.all(wallets.map((wallet) => get(`/v1/accounts/${wallet.address}`, signal)));
  const rows = wallets.map((wallet, index) => [link("wallet", wallet.name, wallet.name), faic(accounts[index].balance), link("account", wallet.address)]);
  const columns = [{ name: t("wallet_name") }, { name: t("balance"), class: "number" }, { name: t("address") }];
  root.append(
    heading(t("wallet")),
    h("p", {}, t("wallet_about")),
    table(t("wallets"), columns, rows, t("no_wallets")),
    h("div", { class: "forms" }, createForm(root), importForm()),
  );
}

/** Follows a transaction that was just sent, and says how long it took. */
async function follow(outcome, sent, started, signal) {
  outcome.replaceChildren(h("p", { class: "state pooled" }, t("state_pooled")));
  const answer = await settled(sent.id, signal);
  const took = Math.round(performance.now() - started);
  const text = answer.state === "final" ? t("final_after").replace("{}", count(answer.height)).replace("{}", count(took)) : t("state_" + answer.state);
  outcome.replaceChildren(h("p", { class: `state ${answer.state}` }, text, " ", link("transaction", sent.id)));
}

/** The bytes that a memo may have. */
const MEMO_BYTES_MAX = 64;

/** Sends a payment; one of which the node did not say whether it took it may have been paid. */
async function sendPayment(name, password, output) {
  try {
    const sent = await post(`/v1/wallets/${encodeURIComponent(name)}/transfers`, { password, outputs: [output] }, token());
    if (sent.id) return sent;
  } catch (error) {
    if (!mayHaveBeenTaken(error)) throw error;
  }
  throw { title: t("unreachable"), message: t("maybe_paid") };
}

/** The codes of a node that broke off what it did. */
const BROKEN_OFF = new Set(["timed_out", "internal", "shutting_down", "storage_unavailable"]);

/** Whether a payment that was answered so may be on its way: the node broke off, or something that stands before it did. */
function mayHaveBeenTaken({ status, code }) {
  return status === 0 || (status >= 500 && (!code || BROKEN_OFF.has(code)));
}

/** The form that pays. */
function sendForm(name, address, signal) {
  const fields = [
    field(t("receiver"), "to", { spellcheck: "false", autocapitalize: "none" }),
    field(t("amount_faic"), "amount", { inputmode: "decimal", placeholder: "12.5" }),
    field(t("memo"), "memo", { required: false }),
    field(t("password"), "password", { type: "password" }),
  ];
  return form("send", t("send"), fields, t("send"), async (data, outcome, body) => {
    const amount = nano(data.get("amount"));
    if (amount === null) throw { title: t("wrong_amount"), message: t("wrong_amount_advice") };
    if (amount === "0") throw { title: t("zero_amount"), message: t("zero_amount_advice") };
    const output = { to: data.get("to").trim(), amount };
    if (!output.to) throw { title: t("no_receiver"), message: t("no_receiver_advice") };
    if (data.get("memo")) output.memo = data.get("memo");
    if (bytes(output.memo ?? "") > MEMO_BYTES_MAX) throw { title: t("long_memo"), message: t("long_memo_advice") };
    await review(outcome, address, output, token(), signal);
    const started = performance.now();
    const sent = await sendPayment(name, data.get("password"), output);
    body.reset();
    await follow(outcome, sent, started, signal);
  });
}

/** The form that asks the faucet. */
function faucetForm(address, signal) {
  return form("faucet", t("faucet"), h("p", {}, t("faucet_about")), t("faucet_ask"), async (data, outcome) => {
    const started = performance.now();
    await follow(outcome, await post("/v1/faucet", { address }), started, signal);
  });
}

/** Shows one wallet: what it has, how it is paid, and how it pays. */
async function showOne(root, name, signal) {
  const { wallets } = await getWith(token(), "/v1/wallets", signal);
  const wallet = wallets.find((each) => each.name === name);
  if (!wallet) {
    root.append(heading(t("nothing_found")), h("p", { class: "empty" }, t("no_such_wallet")), h("a", { class: "button", href: "#/wallet" }, t("wallets")));
    return;
  }
  const balance = h("strong", { class: "big", id: "balance", "aria-live": "polite" });
  const read = async () => {
    balance.textContent = faic((await get(`/v1/accounts/${wallet.address}`, signal)).balance);
  };
  await read();
  root.append(
    heading(`${t("wallet")} ${name}`),
    h(
      "div",
      { class: "split" },
      facts([[t("balance"), balance], [t("address"), copyable(wallet.address)], [t("history"), link("account", wallet.address, t("history"))]]),
      qr(wallet.address),
    ),
    h("div", { class: "forms" }, sendForm(name, wallet.address, signal), state.status?.faucet ? faucetForm(wallet.address, signal) : null),
  );
  followAccount(wallet.address, signal, () => read().catch(() => {}));
}

/** Shows the wallets, or one of them; asks for the token first. */
export async function showWallet(root, [name], signal) {
  if (state.status?.network !== "dev") {
    root.append(heading(t("wallet")), h("p", { class: "empty" }, t("wallet_elsewhere")));
    return;
  }
  if (!token()) return askToken(root);
  try {
    await (name ? showOne(root, name, signal) : showWallets(root, signal));
  } catch (error) {
    if (error.status !== 401) throw error;
    sessionStorage.removeItem(TOKEN);
    askToken(root);
  }
}
