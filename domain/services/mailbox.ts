/**
 * Says whether a text is a mailbox that mail can be sent to: `local@domain` of RFC 5321, without quotes and address
 * literals, in ASCII. Whether anybody reads it is not known.
 */

const atoms = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/u;

const labels =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/u;

/** RFC 5321 §4.5.3.1, less the brackets of a path. */
const longest = { local: 64, whole: 254 } as const;

/** True for a mailbox. */
export function isMailbox(text: string): boolean {
  if (text.length > longest.whole) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  return local.length <= longest.local && atoms.test(local) && labels.test(text.slice(at + 1));
}
