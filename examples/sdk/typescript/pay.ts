// A payment by a program with a key of its own, through the types that were generated from the OpenAPI document.
//
//     node build/pay.js http://127.0.0.1:8420 [TOKEN]
//
// Asks a development node for money, pays with it, waits until that is final, and reads the history. Prints each step,
// and ends with an error when an answer is not as it should be. With the token of the node's data folder, the node's own
// wallets are used too.

import { strict as assert } from "node:assert";
import { type KeyObject } from "node:crypto";

import createClient, { type Client } from "openapi-fetch";

import { type components, type paths } from "./faic.js";
import { addressOf, hex, newKey, publicKeyOf, sign, transactionId, unsignedBytes, type Payment } from "./offline.js";

type Node = Client<paths>;
type Schemas = components["schemas"];

const PAYMENTS = 3;
const PAGE_ITEMS = 2;
const WALLET = "typescript-example";

/** The node answered with a problem; its code is for programs, its detail for people. */
class RefusedError extends Error {
  constructor(readonly problem: Schemas["Problem"]) {
    super(`${problem.code}: ${problem.detail}`);
  }
}

/** What was asked for; throws the problem where that was answered instead. */
function expect<Data>(answer: { data?: Data; error?: Schemas["Problem"] }): Data {
  if (answer.error !== undefined) throw new RefusedError(answer.error);
  assert(answer.data !== undefined, "an answer has a body");
  return answer.data;
}

/** The transaction in its block. */
async function waitUntilFinal(node: Node, id: string): Promise<Schemas["FinalTransaction"]> {
  const params = { path: { id }, query: { wait: "final", timeout: "20s" } } as const;
  const transaction = expect(await node.GET("/v1/transactions/{id}", { params }));
  if (transaction.state !== "final") throw new Error(`${id} is ${transaction.state}`);
  return transaction;
}

/** Builds, checks, simulates, signs and submits a payment; answers its id. */
async function pay(node: Node, key: KeyObject, receiver: string, amount: bigint, memo: string): Promise<string> {
  const publicKey = publicKeyOf(key);
  const order = {
    authority: { keys: [hex(publicKey)] },
    outputs: [{ to: receiver, amount: amount.toString(), memo }],
  };
  const built = expect(await node.POST("/v1/transactions/build", { body: order }));

  // What is signed is written here, from what this program wants; of the node's answer only the terms are taken. So a
  // node that builds something else gets no signature.
  const terms = built.transaction;
  const unsigned = unsignedBytes({
    chainId: built.chain_id,
    publicKey,
    receiver,
    amount,
    memo,
    lane: terms.lane,
    sequence: terms.sequence,
    validUntil: terms.valid_until,
    fee: BigInt(terms.fee),
  });
  assert.equal(hex(unsigned), built.unsigned, "the node built what it was asked for");
  assert.equal(transactionId(unsigned), built.id);

  const body = { transaction: hex(sign(unsigned, key)) };
  const trial = expect(await node.POST("/v1/transactions/simulate", { body }));
  if (trial.outcome !== "accepted") throw new RefusedError(trial.problem);
  const submitted = expect(await node.POST("/v1/transactions", { body }));
  assert.equal(submitted.id, built.id);
  return submitted.id;
}

/** All that an account took part in, newest first, page by page. */
async function history(node: Node, address: string): Promise<Schemas["AccountTransaction"][]> {
  const transactions: Schemas["AccountTransaction"][] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: PAGE_ITEMS, ...(cursor === null ? {} : { cursor }) };
    const params = { path: { address }, query };
    const page: Schemas["AccountTransactions"] = expect(
      await node.GET("/v1/accounts/{address}/transactions", { params }),
    );
    transactions.push(...page.transactions);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return transactions;
}

/** The id of the first transaction that the stream of an account's events tells, from the chain's beginning. */
async function firstEvent(node: Node, address: string): Promise<string> {
  const params = { query: { account: [address], after: "0" } };
  const { data, error } = await node.GET("/v1/events", { params, parseAs: "stream" });
  if (error !== undefined) throw new RefusedError(error);
  assert(data !== null && data !== undefined);
  let text = "";
  for await (const part of data.pipeThrough(new TextDecoderStream())) {
    text += part;
    const found = /^event: ?transaction\ndata: ?(\{.*\})$/m.exec(text)?.[1];
    if (found !== undefined) return (JSON.parse(found) as Schemas["TransactionAnswer"]).id;
  }
  throw new Error("the stream ended without an event");
}

/** Refusals come as problems with a code, also inside of other answers. */
async function showRefusals(node: Node, key: KeyObject, address: string): Promise<void> {
  const unknown = await node.GET("/v1/transactions/{id}", { params: { path: { id: "00".repeat(32) } } });
  assert.equal(unknown.error?.code, "transaction_unknown");
  assert.equal(unknown.error?.retryable, true);

  const { balance } = expect(await node.GET("/v1/accounts/{address}", { params: { path: { address } } }));
  const status = expect(await node.GET("/v1/status"));
  const tooMuch: Payment = {
    chainId: status.chain_id,
    publicKey: publicKeyOf(key),
    receiver: address,
    amount: BigInt(balance),
    memo: "",
    lane: 1,
    sequence: 0,
    validUntil: status.height + 100,
    fee: 1_000_000n,
  };
  const body = { transaction: hex(sign(unsignedBytes(tooMuch), key)) };
  const refused = expect(await node.POST("/v1/transactions/simulate", { body }));
  assert(refused.outcome === "refused" && refused.problem.code === "insufficient_balance");
  console.log(`refused: ${refused.problem.detail}`);
}

/** The node's own wallets, for programs on its machine. */
async function useWallets(baseUrl: string, token: string, receiver: string): Promise<void> {
  const node: Node = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });
  const password = "correct horse battery";
  const wallet = expect(await node.POST("/v1/wallets", { body: { name: WALLET, password } }));
  const { wallets } = expect(await node.GET("/v1/wallets"));
  assert(wallets.some((known) => known.name === WALLET));
  const params = { path: { name: WALLET } };
  const body = { password, outputs: [{ to: receiver, amount: "1" }] };
  const empty = await node.POST("/v1/wallets/{name}/transfers", { params, body });
  assert.equal(empty.error?.code, "insufficient_balance");
  const deleted = await node.DELETE("/v1/wallets/{name}", { params });
  assert.equal(deleted.response.status, 204);
  console.log(`wallet ${wallet.address} made, listed and deleted`);
}

/** The whole tour. */
async function main(baseUrl: string, token: string | undefined): Promise<void> {
  const node: Node = createClient<paths>({ baseUrl });
  const status = expect(await node.GET("/v1/status"));
  const fees = expect(await node.GET("/v1/fees"));
  console.log(`chain ${status.chain_id} at height ${status.height}; a payment costs ${fees.transfer.fee} nano`);

  const key = newKey();
  const address = addressOf(publicKeyOf(key), status.network);
  const receiver = addressOf(publicKeyOf(newKey()), status.network);
  const grant = expect(await node.POST("/v1/faucet", { body: { address } }));
  await waitUntilFinal(node, grant.id);
  console.log(`${address} has ${grant.amount} nano of the faucet`);

  let paid = 0n;
  for (let number = 0; number < PAYMENTS; number += 1) {
    const amount = 1000n + BigInt(number);
    const payment = await pay(node, key, receiver, amount, `invoice ${number}`);
    const final = await waitUntilFinal(node, payment);
    const block = expect(
      await node.GET("/v1/blocks/{block}", { params: { path: { block: String(final.height) } } }),
    );
    assert.equal(block.transactions[final.index], payment);
    console.log(`${payment} is final at height ${final.height}`);
    paid += amount;
  }

  const account = expect(await node.GET("/v1/accounts/{address}", { params: { path: { address: receiver } } }));
  assert.equal(account.balance, paid.toString());
  const told = await history(node, address);
  assert.equal(told.length, PAYMENTS + 1);
  assert.equal(told.at(-1)?.id, grant.id);
  assert.equal(await firstEvent(node, address), grant.id);
  await showRefusals(node, key, address);
  if (token !== undefined) await useWallets(baseUrl, token, address);
  console.log("everything was as it should be");
}

const [baseUrl, token] = process.argv.slice(2);
if (baseUrl === undefined) throw new Error("usage: node build/pay.js URL [TOKEN]");
await main(baseUrl, token);
