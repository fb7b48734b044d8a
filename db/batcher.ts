/**
 * Shares one statement among calls that come together: while one is under way the next ones gather, as a database
 * gathers commits. A call that comes alone waits for nobody.
 */

/** Answers many items at once, in their order. */
export type RunBatch<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

/** How batches are made. */
export interface BatchOptions {
  /** Items in one batch. */
  readonly most: number;
  /** Batches under way at once. */
  readonly concurrency: number;
}

/** One statement under way at a time: what comes meanwhile gathers for the next, so the busier it is the more they share. */
export const sharedStatement: BatchOptions = { most: 100, concurrency: 1 };

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes the function that answers one item.
 * When a batch fails because of what is in it, its items are run one by one, so that only the one at fault fails.
 */
export function createBatcher<Item, Result>(
  run: RunBatch<Item, Result>,
  { most, concurrency }: BatchOptions,
): (item: Item) => Promise<Result> {
  const queue: Waiting<Item, Result>[] = [];
  let underWay = 0;

  const settle = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length > 1 && isOfData(error)) {
        for (const one of batch) await settle([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  };

  const begin = (): void => {
    while (queue.length > 0 && underWay < concurrency) {
      underWay += 1;
      void settle(queue.splice(0, most)).finally(() => {
        underWay -= 1;
        begin();
      });
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      // What is asked for in the same turn goes into the same batch.
      queueMicrotask(begin);
    });
}

/** True for PostgreSQL's complaints about values: SQLSTATE classes 22 and 23. */
function isOfData(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^2[23]/.test(code);
}
