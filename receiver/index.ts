/** The entry of the package `@holdfast/receiver`: all that a receiver of Holdfast's requests needs. */
export { createAllowList, type AllowList } from './allow-list.ts';
export { clientAddress, type ClientAddressOptions, type ClientRequest } from './client-address.ts';
export { BodyTooLargeError, readBody } from './read-body.ts';
export { verifyRequest, type RequestHeaders } from './verify-request.ts';
export { verifySignature, type HeaderValue } from './verify-signature.ts';
