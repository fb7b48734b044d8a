/** Where each recipient of a mail stands, so that nobody who has it, or refused it, is sent it again. */

/** `accepted`: the server took it. `refused`: it said no for good. `deferred`: it may be tried again. */
export interface RecipientStanding {
  readonly state: 'accepted' | 'refused' | 'deferred';
  /** The SMTP status; null when none came. */
  readonly status: number | null;
  /** What the server said, bounded and without control characters. */
  readonly reply: string;
}

/** Recipients' standings by address. */
export type RecipientStandings = Readonly<Record<string, RecipientStanding>>;
