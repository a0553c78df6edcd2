// Requests to the node's API. Its problems become errors with the title, the advice and the code.

import { t } from "./words.js";

const AGAIN_MS = 1000;

/** A problem that the node answered, or that it did not answer. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.title = problem.title;
    this.code = problem.code;
  }
}

/** Sends a request and returns the answer's JSON. */
async function call(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw away(0);
  }
  if (response.status === 204) return null;
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw body.code ? new ApiError(response.status, body) : away(response.status);
  return body;
}

/** What is thrown where no node answered: nobody did, or something that stands before it. */
function away(status) {
  return new ApiError(status, { title: t("unreachable"), detail: t("unreachable_advice") });
}

/** Whether the node was away or about to go, so that it may answer soon. */
export function isAway(error) {
  return error.status === 0 || error.status >= 502;
}

/** Reads. */
export function get(path, signal) {
  return call(path, { signal });
}

/** Sends JSON; the token is for the wallets and travels in a header only. */
export function post(path, body, token) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Reads with the token. */
export function getWith(token, path, signal) {
  return call(path, { headers: { authorization: `Bearer ${token}` }, signal });
}

/** Waits until a transaction is final, rejected or expired, while the node is away too, and returns how it stands. */
export async function settled(id, signal) {
  for (;;) {
    try {
      const answer = await get(`/v1/transactions/${id}?wait=final&timeout=20s`, signal);
      if (answer.state !== "pooled") return answer;
    } catch (error) {
      if (!isAway(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
