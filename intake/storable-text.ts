/** Says which texts PostgreSQL can hold as they are. What it cannot hold can name nothing that exists. */

/** True for valid Unicode without NUL: anything else is refused by the database or silently altered on its way there. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
