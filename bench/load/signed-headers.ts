/** The headers of a signed POST, as Standard Webhooks has them: what the yardstick and the baselines send alike. */
import { createHmac } from 'node:crypto';

/** Signs a body with HMAC-SHA256. */
export function signedHeaders(
  secret: string,
  id: string,
  body: string | Uint8Array,
): Readonly<Record<string, string>> {
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.`).update(body).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
}
