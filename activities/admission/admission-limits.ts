/** The bounds of waiting to be admitted: how long on the spot, and how many. */

/** Bounds that are the same for every hook. */
export const admissionLimits = {
  /** Milliseconds for which a request that was given no turn before waits on the spot for its moment. */
  nearMs: 1000,
  /** The same for one whose turn has come: it may be a little early, and others a little late. */
  turnMs: 2000,
  /** Milliseconds before they come in which moments are taken. */
  horizonMs: 100,
  /** Milliseconds by which a request may be sent late without those after it being sent later, too. */
  lateMs: 20,
  /** Milliseconds for which a lease is waited for on the spot. */
  leaseMs: 2000,
  /** Milliseconds of a receiver's work that may wait in line on the spot. */
  lineMs: 1000,
  /** Requests that may wait in line on the spot, of one hook and in all. */
  lineOfHook: 100,
  lines: 250,
  /** Milliseconds for which a lease is handed on within a process before others get at it. */
  handOnMs: 5000,
  /** Milliseconds that a lease outlasts what it is taken for. */
  leaseMarginMs: 10_000,
  /** Attempts in workflows of their own under way at once to one receiver that is slow: half of what a process carries. */
  slowOfHook: 60,
  /** The same to all receivers that are slow. */
  slowInAll: 250,
} as const;
