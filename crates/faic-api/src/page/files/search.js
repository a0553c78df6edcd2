// Search by anything: a height, the id of a block or a transaction, an address, a validator's key, a node's id.

import { get } from "./api.js";
import { h, heading } from "./dom.js";
import { state } from "./live.js";
import { t } from "./words.js";

const PAGES_MAX = 10;

/** Whether a request finds something; what is not there is no failure. */
async function exists(path, signal) {
  try {
    await get(path, signal);
    return true;
  } catch (error) {
    if (error.status === 404 || error.status === 422) return false;
    throw error;
  }
}

/** The height of a block of the last thousand by its id. */
async function heightOf(id, signal) {
  const known = state.blocks.find((block) => block.id === id);
  if (known) return known.height;
  let cursor = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { blocks, next_cursor } = await get(`/v1/blocks?limit=100${cursor}`, signal);
    const found = blocks.find((block) => block.id === id);
    if (found) return found.height;
    if (!next_cursor) return null;
    cursor = `&cursor=${encodeURIComponent(next_cursor)}`;
  }
  return null;
}

/** Where the thing of a hash is shown. */
async function ofHash(hash, signal) {
  const height = await heightOf(hash, signal);
  if (height) return `#/block/${height}`;
  const { candidates } = await get("/v1/validators", signal);
  if (candidates.some((candidate) => candidate.key === hash)) return `#/validator/${hash}`;
  return (await exists(`/v1/transactions/${hash}`, signal)) ? `#/transaction/${hash}` : null;
}

/** Where a text leads; null when it leads nowhere. */
async function find(text, signal) {
  const height = text.replace(/[,\s]/g, "");
  if (/^\d{1,18}$/.test(height)) return `#/block/${height}`;
  if (/^[0-9a-f]{64}$/i.test(text)) return ofHash(text.toLowerCase(), signal);
  if (/^[dt]?faic1/i.test(text)) return `#/account/${text}`;
  if (/^12D3Koo/.test(text)) return `#/node/${text}`;
  return null;
}

/** Goes to what was searched, or says that there is nothing. */
export async function showSearch(root, [text], signal) {
  const query = text.trim();
  root.append(heading(t("search")), h("p", { class: "empty", role: "status" }, t("searching")));
  const place = await find(query, signal);
  if (signal.aborted) return;
  if (place) location.replace(place);
  else root.replaceChildren(heading(t("nothing_found")), h("p", {}, h("code", {}, query)), h("p", { class: "empty" }, t("search_hint")));
}
