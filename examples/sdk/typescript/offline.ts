// What a wallet does without a node: addresses, the canonical bytes of a payment, and signatures.
//
// Nothing here asks a node, so nothing here can be told something wrong by one. The bytes are those of the section "The
// bytes of a payment" of docs/api.md.

import { createPublicKey, generateKeyPairSync, sign as signBytes, type KeyObject } from "node:crypto";

import { blake3 } from "@noble/hashes/blake3.js";
import { bech32m } from "@scure/base";

/** The prefix of addresses by the kind of network. */
const ADDRESS_PREFIXES = { main: "faic", test: "tfaic", dev: "dfaic" } as const;

/** The kinds of network. */
export type Network = keyof typeof ADDRESS_PREFIXES;

/** A payment of one account, governed by one key, to another. */
export interface Payment {
  chainId: string;
  publicKey: Uint8Array;
  receiver: string;
  amount: bigint;
  memo: string;
  lane: number;
  sequence: number;
  validUntil: number;
  fee: bigint;
}

/** A new ed25519 key. */
export function newKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

/** The 32 bytes of a key's public half, which end its DER encoding. */
export function publicKeyOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32));
}

/** The canonical bytes (borsh) that are hashed and signed. */
export function unsignedBytes(payment: Payment): Uint8Array {
  const authority = authorityBytes(payment.publicKey);
  const version = Uint8Array.of(1);
  const noFeePayer = Uint8Array.of(0);
  const noMemo = textBytes("");
  const transfer = Uint8Array.of(0);
  return joined(
    version,
    textBytes(payment.chainId),
    domainHash("address", authority),
    authority,
    Uint8Array.of(payment.lane),
    u64(payment.sequence),
    u64(payment.validUntil),
    u64(payment.fee),
    noFeePayer,
    noMemo,
    transfer,
    u32(1),
    addressBytes(payment.receiver),
    u64(payment.amount),
    textBytes(payment.memo),
  );
}

/** The canonical bytes of a transaction, signed by the one key that governs its sender. */
export function sign(unsigned: Uint8Array, key: KeyObject): Uint8Array {
  const signature = new Uint8Array(signBytes(null, domainHash("sign transaction", unsigned), key));
  const noSignaturesOfAFeePayer = u32(0);
  return joined(unsigned, u32(1), Uint8Array.of(0), signature, noSignaturesOfAFeePayer);
}

/** The id, which signatures do not change. */
export function transactionId(unsigned: Uint8Array): string {
  return hex(domainHash("transaction id", unsigned));
}

/** The address of the account that one key governs from the beginning. */
export function addressOf(publicKey: Uint8Array, network: Network): string {
  const words = bech32m.toWords(domainHash("address", authorityBytes(publicKey)));
  return bech32m.encode(ADDRESS_PREFIXES[network], words);
}

/** Bytes in hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** BLAKE3 in its mode of key derivation, so that a hash for one purpose is none for another. */
function domainHash(purpose: string, data: Uint8Array): Uint8Array {
  return blake3(data, { context: new TextEncoder().encode(`faic v1 ${purpose}`) });
}

/** One signature is needed, of one key, which is of the kind 0 (ed25519). */
function authorityBytes(publicKey: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(1), u32(1), Uint8Array.of(0), publicKey);
}

/** The 32 bytes of an address; throws for what is none. */
function addressBytes(address: string): Uint8Array {
  return new Uint8Array(bech32m.decodeToBytes(address).bytes);
}

/** The length in bytes, and the bytes. */
function textBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return joined(u32(bytes.length), bytes);
}

/** A whole number in four bytes, the lowest first. */
function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A whole number in eight bytes, the lowest first. */
function u64(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

/** One after the other. */
function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
