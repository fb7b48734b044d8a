/** What the workflow of signals hands over and what it is told: data that goes into Temporal's history. */

/** Events that were signalled for a repository, as they came. */
export interface SignalledInput {
  /** `owner/name`. */
  readonly repository: string;
  readonly signals: readonly unknown[];
}

/** What became of one of them. */
export type SignalledResult =
  | { readonly kind: 'accepted'; readonly eventId: string }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string };
