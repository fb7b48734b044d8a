/** The entry of the package `@holdfast/receiver`: all that a receiver of Holdfast's requests needs. */
export { createAllowList, type AllowList } from './allow-list.ts';
export { clientAddress, type ClientAddressOptions, type ClientRequest } from './client-address.ts';
export {
  createDeliveryMemory,
  type Claim,
  type DeliveryMemory,
  type DeliveryMemoryOptions,
} from './delivery-memory.ts';
export { createKoaReceiver, type KoaContext } from './koa-receiver.ts';
export { createReceiver, type DeliveryHandler, type NodeReceiverOptions } from './node-receiver.ts';
export { parsePayload, PayloadError } from './parse-payload.ts';
export { BodyTooLargeError, readBody } from './read-body.ts';
export type { Delivery, ReceiverOptions, SignatureFamily } from './receiver-options.ts';
export type { HeaderValue, RequestHeaders } from './request-headers.ts';
export { verifyHubRequest, type HubOptions } from './verify-hub-request.ts';
export { verifyRequest } from './verify-request.ts';
export { verifySignature } from './verify-signature.ts';
export { verifyStandardRequest, type StandardOptions } from './verify-standard-request.ts';
