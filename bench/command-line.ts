/** Reads the arguments of `npm run bench`. */
import { parseArgs } from 'node:util';

/** What was asked for. */
export interface CommandLine {
  /** Names of cases, or of families of cases; empty for all. */
  readonly only: readonly string[];
  /** Few events and short times, to see whether the bench itself is sound. */
  readonly isShort: boolean;
  /** Only names the cases. */
  readonly isListing: boolean;
  /** Leaves the data folder behind. */
  readonly isKeeping: boolean;
}

/** Reads the arguments; throws in words what is wrong with them. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      short: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    only: values.only.flatMap((names) => names.split(',')).filter((name) => name !== ''),
    isShort: values.short,
    isListing: values.list,
    isKeeping: values.keep,
  };
}
