/** What stood in payload, secret, headers, address and reply when the histories were recorded. None may hold it. */
export const canary = 'canary-7f3a9c51e2';
