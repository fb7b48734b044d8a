/** The entry of the package `@holdfast/receiver`: all that a receiver of Holdfast's requests needs. */
export { createAllowList, type AllowList } from './allow-list.ts';
export { clientAddress, type ClientAddressOptions, type ClientRequest } from './client-address.ts';
export { BodyTooLargeError, readBody } from './read-body.ts';
export type { HeaderValue, RequestHeaders } from './request-headers.ts';
export { verifyHubRequest, type HubOptions } from './verify-hub-request.ts';
export { verifyRequest } from './verify-request.ts';
export { verifySignature } from './verify-signature.ts';
export { verifyStandardRequest, type StandardOptions } from './verify-standard-request.ts';
