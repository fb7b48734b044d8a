/**
 * Makes text from strangers fit for one line of a header or of a page: nothing that ends a line, steers a terminal or
 * turns the direction of writing survives.
 */

/** The text on one line, without control characters, cut at a length. */
export function oneLine(text: string, length: number): string {
  const line = text
    .toWellFormed()
    // Controls, ends of lines and paragraphs, and what turns the direction of writing.
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= length) return line;
  // A pair of surrogates that the cut went through has become a mark of replacement.
  return line
    .slice(0, length)
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trimEnd();
}
