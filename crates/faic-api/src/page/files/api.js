// Requests to the node's API. Its problems become errors with the title, the advice and the code.

import { t } from "./words.js";

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
    throw new ApiError(0, { title: t("unreachable"), detail: t("unreachable_advice") });
  }
  if (response.status === 204) return null;
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, { title: `HTTP ${response.status}`, detail: "", ...body });
  return body;
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

/** Waits until a transaction is final, rejected or expired, and returns how it stands. */
export async function settled(id, signal) {
  for (;;) {
    const answer = await get(`/v1/transactions/${id}?wait=final&timeout=20s`, signal);
    if (answer.state !== "pooled") return answer;
  }
}
