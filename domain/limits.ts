/**
 * Every bound of Holdfast in one place, so that what grows has a limit and what waits has a deadline.
 * Values only; whoever enforces one imports it from here and never repeats the number.
 */

/** Bounds on what producers send. */
export const intakeLimits = {
  /** Bytes of one event's payload. */
  payloadBytes: 256 * 1024,
  /** Levels of nesting in a payload; PostgreSQL's own JSON parser gives up at a few thousand. */
  payloadDepth: 512,
  /** Bytes of one batch request. */
  batchBytes: 8 * 1024 * 1024,
  /** Events in one batch request. */
  batchItems: 1000,
  /** Characters of an idempotency key. */
  idempotencyKeyLength: 255,
  /** Hours for which an idempotency key is remembered at the least. */
  idempotencyKeyHours: 24,
  /** Days that a delivery may be put off from its acceptance on. */
  deliverAheadDays: 90,
  /** Characters of an order key. */
  orderKeyLength: 200,
} as const;

/** Bounds on an attempt. */
export const attemptLimits = {
  /** Bytes of a receiver's reply that are kept. */
  responseBytes: 16 * 1024,
  /** Characters of an error message that are kept. */
  errorLength: 500,
  /** Longest wait that a receiver's Retry-After may ask for, in milliseconds: ten hours. */
  retryAfterMs: 10 * 60 * 60 * 1000,
  /** Milliseconds before its time from which on an attempt may be asked for: clocks differ. */
  earlyMs: 2000,
  /** Milliseconds beside its timeout that an attempt may take before its turn counts as left behind by a process that died. */
  turnMarginMs: 15_000,
  /** Milliseconds between looks of a workflow whose delivery's turn has not come. */
  turnLookMs: 5000,
} as const;

/** Bounds on a hook's settings. */
export const hookLimits = {
  perRepository: 250,
  urlLength: 2048,
  events: 64,
  headers: 50,
  headerBytes: 8 * 1024,
  timeoutSeconds: { least: 1, most: 30, standard: 30 },
  schedule: { delays: 30, leastSeconds: 1, mostSeconds: 2_592_000, totalSeconds: 90 * 24 * 60 * 60 },
  orderKeyPathLength: 200,
  consecutiveFailures: 10_000,
  pauseDays: 90,
  rateLimitPerSecond: { least: 0.001, most: 1000 },
  maxInFlight: 1000,
  rotationOverlapHours: { standard: 24, most: 168 },
} as const;

/** Bounds on a page of a listing. */
export const pageLimits = { standard: 100, most: 100 } as const;

/** Bounds on management requests. */
export const managementLimits = {
  bodyBytes: 64 * 1024,
  admins: 500,
  nameLength: 100,
} as const;

/** Bounds on starting workflows one by one. */
export const startLimits = {
  /** Calls to Temporal under way at once from one process. */
  concurrency: 32,
  /** Deliveries of one process that were started and whose first attempts have not begun. */
  underWay: 4,
  /** Milliseconds one call may take. */
  deadlineMs: 5000,
} as const;

/** Bounds on the draining of what was held. */
export const drainLimits = {
  /** Deliveries a second. */
  ratePerSecond: { least: 0.1, most: 1000, standard: 10 },
  /** Attempts of one drain or replay under way at once, of receivers that keep it waiting. */
  concurrency: 50,
  /** Milliseconds after which the next attempt no longer waits for the end of the one before. */
  overtakeMs: 250,
  /** How much faster than asked it may go to make up for lost time: less than anybody would notice. */
  catchUp: 1.08,
  /** Deliveries taken at once. */
  taken: 100,
  /** Milliseconds after which a call of the activity tells its workflow how far it has come. */
  callMs: 60_000,
} as const;

/** Bounds on replays. */
export const replayLimits = {
  /** Deliveries a second. */
  ratePerSecond: { least: 0.1, most: 1000, standard: 100 },
  /** Deliveries written down at once. */
  collected: 5000,
  /** Replays of a hook that are shown. */
  shown: 100,
} as const;

/** When hooks that were disabled are probed, in seconds. */
export const probeLimits = { firstSeconds: 60, mostSeconds: 30 * 60 } as const;

/** Bounds on groups. */
export const groupLimits = {
  /** Deliveries in a group. */
  size: 500,
  /** Deliveries in a group whose receivers are slow. */
  slowSize: 100,
  /** Groups that one process starts before the first of them has come to its end; of slow receivers, as many again. */
  underWay: 2,
  /** Groups beyond those, for the deliveries of hooks of which the others do not carry many. */
  beside: 2,
  /** Deliveries of one hook in a group that are not many. */
  manyOfHook: 10,
  /** Attempts of a group under way at once. */
  concurrency: 100,
  /** Deliveries of a group that a fault of ours may keep from being attempted, before it is the group's. */
  setAside: 5,
  /** Attempts of a group to one hook under way at once. */
  concurrencyOfHook: 50,
} as const;

/** Bounds on first attempts that are made within a workflow task. */
export const quickLimits = {
  /** Under way at once in one process: half of the workflow tasks, so that receivers that hang can never take them all. */
  concurrency: 50,
  /** Workflow tasks under way at once in one process. */
  workflowTasks: 100,
  /** Of one hook under way at once. */
  concurrencyOfHook: 10,
} as const;
