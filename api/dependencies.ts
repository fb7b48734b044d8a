/** What the routes need, made once by the process that opens the door. */
import type { Database } from '#db/orm.ts';
import type { DeliveryRun, Dispatcher } from '#dispatch/dispatcher.ts';
import type { Log } from '#platform/log.ts';
import type { Expressions } from '#platform/expressions/expressions.ts';
import type { AddressGuard } from '#platform/network/address-guard.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import type { TemporalClient } from '#platform/temporal.ts';
import type { JwtCheck } from './authentication.ts';

/** What the API needs. */
export interface ApiDependencies {
  readonly database: Database;
  readonly temporal: TemporalClient;
  readonly dispatcher: Dispatcher;
  /** Tells the workers that deliveries wait to be started. Never throws; they find them by themselves, too, but later. */
  readonly announceWaiting: () => void;
  /** Wakes what is due of a hook that was just turned on, beside the request. Never throws. */
  readonly wakeHook: (hookId: string) => void;
  /** Begins to drain a hook, beside the request. Never throws; the workers begin by themselves, too, but later. */
  readonly startDrain: (hookId: string) => void;
  /** Begins a replay, or tells one that was paused to go on, beside the request. Never throws. */
  readonly runReplay: (replayId: string) => void;
  /** Tells workflows of cancelled deliveries, beside the request. Never throws. */
  readonly cancelRuns: (runs: readonly DeliveryRun[]) => void;
  /** Tells the workflow of a delivery when its next attempt comes, beside the request. Never throws. */
  readonly postponeRun: (run: DeliveryRun, until: Date) => void;
  /** Tells workflows of deliveries to look again when they are due, beside the request. Never throws. */
  readonly refreshRuns: (runs: readonly DeliveryRun[]) => void;
  readonly secrets: SecretBox;
  readonly guard: AddressGuard;
  /** What evaluates hooks' filters and templates. */
  readonly expressions: Expressions;
  /** Seven hexadecimal digits that tell this build from others. */
  readonly build: string;
  readonly httpsOnly: boolean;
  /** Whether the operator has named a mail server. */
  readonly sendsMail: boolean;
  /** Where callers reach this API, without a slash at the end; undefined to go by the requests' own host. */
  readonly publicUrl: string | undefined;
  /** Days for which a delivery is held before it expires. */
  readonly holdDays: number;
  readonly checkJwt: JwtCheck | undefined;
  readonly log: Log;
}
