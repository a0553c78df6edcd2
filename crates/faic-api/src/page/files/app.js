// The frame of the page: its views by the address behind `#`, language, theme and search.

import { isAway } from "./api.js";
import { showAccount } from "./accounts.js";
import { showBlock, showBlocks, showTransaction } from "./blocks.js";
import { count, h, heading, problem } from "./dom.js";
import { showErrors } from "./errors.js";
import { show as showHome } from "./home.js";
import { mayLeave } from "./leaving.js";
import { on, start, state } from "./live.js";
import { showMempool, showNode, showPeers, showValidator, showValidators } from "./network.js";
import { showSearch } from "./search.js";
import { showWallet } from "./wallet.js";
import { language, otherLanguage, setLanguage, t } from "./words.js";

const VIEWS = {
  "": showHome,
  blocks: showBlocks,
  block: showBlock,
  transaction: showTransaction,
  account: showAccount,
  validators: showValidators,
  validator: showValidator,
  peers: showPeers,
  node: showNode,
  mempool: showMempool,
  search: showSearch,
  wallet: showWallet,
  errors: showErrors,
};
const TABS = [["", "home"], ["blocks", "blocks"], ["validators", "validators"], ["peers", "peers"], ["mempool", "mempool"], ["wallet", "wallet"]];
const THEME = "faic.theme";
const RETRY_MS = 2000;
const NARROW = matchMedia("(max-width: 40rem)");
const DARK = matchMedia("(prefers-color-scheme: dark)");

const main = document.getElementById("main");
let leave = new AbortController();

/** The parts of the address: the view and what it shows. */
function place() {
  return location.hash.replace(/^#\/?/, "").split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}

/** Shows the view of the address; a view that was left writes no more. */
async function route() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const [name, ...parts] = place();
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : null;
  const root = h("div", { class: "view", "aria-busy": "true" });
  main.replaceChildren(root);
  drawNav(name);
  try {
    if (view) await view(root, parts, signal);
    else root.append(heading(t("nothing_found")), h("p", { class: "empty" }, t("no_such_view")));
  } catch (error) {
    if (signal.aborted) return;
    if (!error.title) console.error(error);
    root.replaceChildren(heading(error.status === 404 ? t("nothing_found") : t("failed")), problem(error));
    if (isAway(error)) retry(signal);
  }
  if (signal.aborted) return;
  root.removeAttribute("aria-busy");
  const title = root.querySelector("h1");
  document.title = `${title?.textContent ?? ""} · FAIC`;
  if (arrived) title?.focus({ preventScroll: true });
  arrived = true;
}

let arrived = false;

/** Shows the view again as soon as the node is there again; who is busy above the view meanwhile keeps the focus. */
function retry(signal) {
  const again = () => {
    if (signal.aborted) return;
    arrived = !document.querySelector("header").contains(document.activeElement);
    route();
  };
  if (state.connected) setTimeout(again, RETRY_MS);
  else on("connection", signal, (connected) => connected && again());
}

/** Draws the links to the views; the wallet is for development networks. */
function drawNav(current) {
  const tabs = TABS.filter(([name]) => name !== "wallet" || state.status?.network === "dev");
  const links = tabs.map(([name, word]) => h("a", { href: `#/${name}`, "aria-current": name === current ? "page" : null }, t(word)));
  const nav = document.getElementById("nav");
  nav.setAttribute("aria-label", t("views"));
  nav.replaceChildren(...links);
}

/** Writes what surrounds the view. */
function drawFrame() {
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = t(element.dataset.word);
  const query = document.getElementById("query");
  query.placeholder = t(NARROW.matches ? "search_hint_short" : "search_hint");
  query.setAttribute("aria-label", t("search_hint"));
  const other = document.getElementById("language");
  other.textContent = otherLanguage() === "en" ? "English" : "简体中文";
  other.lang = otherLanguage();
  const dark = isDark();
  const theme = document.getElementById("theme");
  theme.textContent = dark ? "☀" : "☾";
  theme.setAttribute("aria-label", t(dark ? "light" : "dark"));
  drawStatus();
}

/** Writes which chain this is and whether it is followed. */
function drawStatus() {
  const live = document.getElementById("live");
  const told = state.silence > 0 ? t("silent").replace("{}", count(state.silence)) : t(state.connected ? "live" : "not_live");
  // Who is read the page to hears once that the node is silent, and not every second for how long.
  live.setAttribute("aria-live", state.silence > 0 && live.classList.contains("silent") ? "off" : "polite");
  live.classList.toggle("silent", state.silence > 0);
  if (live.textContent !== told) live.textContent = told;
  live.classList.toggle("off", !state.connected);
  if (!state.status) return;
  document.getElementById("chain").textContent = state.status.chain_id;
  document.getElementById("version").textContent = `${t("version")} ${state.status.version}`;
}

/** Whether the page is dark: the reader's choice, else the system's. */
function isDark() {
  return (document.documentElement.dataset.theme ?? (DARK.matches ? "dark" : "light")) === "dark";
}

const theme = localStorage.getItem(THEME);
if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;

document.getElementById("theme").addEventListener("click", () => {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem(THEME, next);
  drawFrame();
});
document.getElementById("language").addEventListener("click", () => {
  if (!mayLeave()) return;
  setLanguage(otherLanguage());
  drawFrame();
  route();
});
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const query = document.getElementById("query").value.trim();
  if (query) location.hash = `#/search/${encodeURIComponent(query)}`;
});
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
NARROW.addEventListener("change", drawFrame);
DARK.addEventListener("change", drawFrame);
window.addEventListener("hashchange", (event) => {
  if (mayLeave()) route();
  else history.replaceState(null, "", event.oldURL);
});

const always = new AbortController().signal;
let known = false;
on("silence", always, drawStatus);
on("connection", always, () => {
  drawStatus();
  drawNav(place()[0]);
  // The view of a page that was opened before its node could say nothing.
  if (known !== (state.status !== null)) route();
  known = state.status !== null;
});
drawFrame();
await start();
if (!known) route();
