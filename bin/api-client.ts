/** A small client of Holdfast's own API, for the commands of bin/. Throws what the API answered, in words. */

/** Calls the API with one token. */
export interface ApiClient {
  /** Sends a request and answers its body. `body` is sent as JSON unless it is a text, which is sent as it is. */
  readonly call: <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;
}

const deadlineMs = 10_000;

/** Makes a client. */
export function createApiClient(url: string, token: string): ApiClient {
  return {
    call: async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
      const response = await fetch(new URL(path, url), {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(deadlineMs),
      });
      const answer = (await response.json()) as Answer & { readonly error?: string };
      if (!response.ok)
        throw new Error(`${method} ${path} answered ${response.status}: ${answer.error ?? 'no reason'}`);
      return answer;
    },
  };
}
