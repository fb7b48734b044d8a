/** Makes of a receiver's options the one question whether a request is signed. Knows nothing of answers. */
import type { ReceiverOptions, SignatureFamily } from './receiver-options.ts';
import type { RequestHeaders } from './request-headers.ts';
import { verifyHubRequest } from './verify-hub-request.ts';
import { verifyRequest } from './verify-request.ts';
import { findStandardFault } from './verify-standard-request.ts';

/** Says what is wrong with a request's signature, in a sentence that its sender may read; undefined when it is right. */
export type Verifier = (bytes: Uint8Array, headers: RequestHeaders) => string | undefined;

type Options = Pick<
  ReceiverOptions,
  'secrets' | 'families' | 'publicKeys' | 'toleranceSeconds' | 'allowSha1'
>;

/**
 * Makes it, and tries it once, so that a receiver with a mistake in its options never starts.
 *
 * @throws TypeError for no family, an unknown one, no secret, or one that is none
 * @throws RangeError for a tolerance that is none
 */
export function createVerifier(options: Options): Verifier {
  const { families = ['standard'] } = options;
  if (families.length === 0) throw new TypeError('No family of signatures is named');
  const verifiers = families.map((family) => verifierOf(family, options));
  for (const verifier of verifiers) verifier(new Uint8Array(), {});
  return (bytes, headers) => {
    const faults: string[] = [];
    for (const verifier of verifiers) {
      const fault = verifier(bytes, headers);
      if (fault === undefined) return undefined;
      faults.push(fault);
    }
    return faults.join(' ');
  };
}

function verifierOf(family: SignatureFamily, options: Options): Verifier {
  const { secrets, publicKeys, toleranceSeconds, allowSha1 } = options;
  switch (family) {
    case 'standard':
      return (bytes, headers) => findStandardFault(bytes, headers, secrets, { publicKeys, toleranceSeconds });
    case 'sigmagit':
      return (bytes, headers) =>
        verifyRequest(bytes, headers, secrets) ? undefined : 'X-Sigmagit-Signature is missing or wrong.';
    case 'hub':
      return (bytes, headers) =>
        verifyHubRequest(bytes, headers, secrets, { allowSha1 })
          ? undefined
          : 'X-Hub-Signature-256 is missing or wrong.';
    default:
      throw new TypeError(`Not a family of signatures: ${String(family satisfies never)}`);
  }
}
