/** The `Link` header of a page: where its neighbours are (RFC 8288). */

/** What a page's neighbours are found by. */
export type Relations = Readonly<Partial<Record<'prev' | 'next' | 'first' | 'last', Record<string, string>>>>;

/** The header, or none when the page has no neighbours. */
export function linkHeaders(address: string, relations: Relations): Readonly<Record<string, string>> {
  const links = Object.entries(relations).map(
    ([relation, query]) => `<${address}?${new URLSearchParams(query).toString()}>; rel="${relation}"`,
  );
  return links.length === 0 ? {} : { Link: links.join(', ') };
}

/** The neighbours of a numbered page among entries that are all counted. */
export function numberedNeighbours(page: number, perPage: number, total: number): Relations {
  const last = Math.max(1, Math.ceil(total / perPage));
  const to = (number: number) => ({ page: String(number), per_page: String(perPage) });
  return {
    ...(page > 1 ? { prev: to(Math.min(page - 1, last)) } : {}),
    ...(page < last ? { next: to(page + 1), last: to(last) } : {}),
    ...(page > 1 ? { first: to(1) } : {}),
  };
}
