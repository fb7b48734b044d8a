/** Bounds on events that producers signal. What Temporal itself bounds, such as signals of one run, is not repeated here. */

/** The bounds. */
export const signalLimits = {
  /** Bytes of one signal. */
  bytes: 64 * 1024,
  /** Signals handed over together. */
  batchItems: 50,
  /** Bytes handed over together; Temporal takes two million. */
  batchBytes: 1024 * 1024,
  /** Signals after which a run continues as new, so that its history stays short enough to be replayed at any time. */
  perRun: 500,
  /** Signals and bytes that a run may leave to the next instead of handing them over itself. */
  carriedItems: 50,
  carriedBytes: 512 * 1024,
  /** Rejections that are remembered. */
  rejections: 100,
  /** Characters of each that are remembered. */
  keyLength: 255,
  typeLength: 100,
  reasonLength: 300,
  /** Seconds without a signal after which the workflow ends. */
  idleSeconds: 60 * 60,
} as const;
