// Search by anything: a height, the id of a block or a transaction, an address, a validator's key, a node's id.

import { get } from "./api.js";
import { h, heading } from "./dom.js";
import { state } from "./live.js";
import { t } from "./words.js";

/** Codes of what is not there, or was not written whole. */
const ABSENT = ["block_unknown", "transaction_unknown", "invalid_address", "invalid_node_id", "node_unknown"];

/** Whether a request finds something; what is not there is no failure. */
async function exists(path, signal) {
  try {
    await get(path, signal);
    return true;
  } catch (error) {
    if (ABSENT.includes(error.code)) return false;
    throw error;
  }
}

/** Where the thing of a hash is shown. What the browser has is looked at first, because it notes what is not there as an error. */
async function ofHash(hash, signal) {
  if (state.blocks.some((block) => block.id === hash)) return `#/block/${hash}`;
  const { candidates } = await get("/v1/validators", signal);
  if (candidates.some((candidate) => candidate.key === hash)) return `#/validator/${hash}`;
  if (await exists(`/v1/transactions/${hash}`, signal)) return `#/transaction/${hash}`;
  return (await exists(`/v1/blocks/${hash}`, signal)) ? `#/block/${hash}` : null;
}

/** Where a text leads; null when it leads nowhere. */
async function find(text, signal) {
  const height = text.replace(/[,\s]/g, "");
  if (/^\d{1,18}$/.test(height)) return `#/block/${height}`;
  const hash = text.replace(/^0x/i, "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hash)) return ofHash(hash, signal);
  const id = encodeURIComponent(text);
  if (/^[dt]?faic1/i.test(text)) return (await exists(`/v1/accounts/${id}`, signal)) ? `#/account/${id}` : null;
  if (/^12D3Koo/.test(text)) return (await exists(`/v1/node/peers/${id}/state`, signal)) ? `#/node/${id}` : null;
  return null;
}

/** Goes to what was searched, or says that there is nothing. */
export async function showSearch(root, [text], signal) {
  const query = text.trim();
  root.append(heading(t("search")), h("p", { class: "empty", role: "status" }, t("searching")));
  const place = await find(query, signal);
  if (signal.aborted) return;
  if (place) location.replace(place);
  else root.replaceChildren(heading(t("nothing_found")), h("p", {}, h("code", {}, query)), h("p", { class: "empty" }, t("searchable")));
}
