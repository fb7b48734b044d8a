/**
 * The headers of a request, wherever they come from. Reads one as it stands; it never joins, trims or decodes, because
 * what is compared with a signature must be exactly what came.
 */

/** A header as Node or the Fetch API gives it. One that came several times is an array, and never right. */
export type HeaderValue = string | readonly string[] | undefined | null;

/** Headers as `node:http`, Koa or the Fetch API give them. */
export type RequestHeaders =
  | Readonly<Record<string, HeaderValue>>
  | { readonly get: (name: string) => string | null };

/** The header of that name, which is written in lower case. */
export function headerOf(headers: RequestHeaders, name: string): HeaderValue {
  const { get } = headers;
  return typeof get === 'function' ? get.call(headers, name) : (headers as Record<string, HeaderValue>)[name];
}
