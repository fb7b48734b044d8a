/** Tells many sleeping deliveries to look again when they are due. Those that are not reached find out when they wake. */
import type { LimitFunction } from 'p-limit';
import { startLimits } from '#domain/limits.ts';
import type { DeliveryRun, Dispatcher } from './dispatcher.ts';

/**
 * Tells each once, as many at a time as the limit allows. Many that fail mean that Temporal is away: the rest is left alone.
 *
 * @throws the first error, when all have been told or left alone
 */
export async function refreshRuns(
  dispatcher: Pick<Dispatcher, 'refresh'>,
  runs: readonly DeliveryRun[],
  limit: LimitFunction,
): Promise<void> {
  const errors: unknown[] = [];
  await Promise.all(
    runs.map((run) =>
      limit(async () => {
        if (errors.length >= startLimits.concurrency) return;
        try {
          await dispatcher.refresh(run);
        } catch (error) {
          errors.push(error);
        }
      }),
    ),
  );
  if (errors.length > 0) throw errors[0];
}
