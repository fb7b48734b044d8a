/** What a receiver is told, and what it hands on. Shapes only. */
import type { IncomingHttpHeaders } from 'node:http';
import type { DeliveryMemory } from './delivery-memory.ts';

/**
 * How a request may be signed:
 * - `standard`: `webhook-signature` (Standard Webhooks 1.0), which every signed request of Holdfast has;
 * - `sigmagit`: `X-Sigmagit-Signature`;
 * - `hub`: `X-Hub-Signature-256`, as GitHub signs.
 */
export type SignatureFamily = 'standard' | 'sigmagit' | 'hub';

/** What a receiver is told. */
export interface ReceiverOptions {
  /** Every secret that is good now: one, or during a rotation the new and the old one, or those of several hooks. */
  readonly secrets: string | readonly string[];
  /**
   * The families that are good enough, each by itself: `['standard']` unless told otherwise. The others sign neither time
   * nor id, so with one of them in the list a recorded request may be sent again.
   */
  readonly families?: readonly SignatureFamily[] | undefined;
  /** For `standard`: keys (`whpk_…`) of a sender that signs with ed25519. */
  readonly publicKeys?: readonly string[] | undefined;
  /** For `standard`: how far an attempt's time may be from this clock, either way. 300 unless told otherwise. */
  readonly toleranceSeconds?: number | undefined;
  /** For `hub`: true to take SHA-1 from senders that send nothing better. */
  readonly allowSha1?: boolean | undefined;
  /** Ranges of addresses that may call; an empty list is nobody. Everybody unless given. */
  readonly allowFrom?: readonly string[] | undefined;
  /** The proxies in front of this receiver, whose `X-Forwarded-For` is believed. None unless given. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** How large a body may be: 1 MiB unless told otherwise. */
  readonly limitBytes?: number | undefined;
  /** Where handled deliveries are remembered; in this process unless given. */
  readonly memory?: DeliveryMemory | undefined;
}

/** A delivery that was verified. */
export interface Delivery {
  /** The same on every attempt. Signed in the family `standard` only; undefined when the sender gave none. */
  readonly id: string | undefined;
  /** The event's name as the headers say it, signed in no family; undefined in Holdfast's format `standard`. */
  readonly event: string | undefined;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** The bytes that were verified; `parsePayload(headers, body)` reads them. */
  readonly body: Buffer;
}
