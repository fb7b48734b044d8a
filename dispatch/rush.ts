/**
 * Tells whether groups are called for. Once they have been needed they carry on, so that single workflows do not take
 * the machine away from them, until a second has brought few deliveries.
 */

/** The rush. */
export interface Rush {
  readonly isOn: () => boolean;
  /** Told of each look at what waits: how many deliveries were taken, and whether as a group. */
  readonly note: (taken: number, grouped: boolean) => void;
}

const spanMs = 1000;

/**
 * Makes it.
 *
 * @param few deliveries a second with which the rush is over
 * @param clock milliseconds, of any epoch
 */
export function createRush(few: number, clock: () => number = Date.now): Rush {
  let on = false;
  let since = 0;
  let count = 0;
  const begin = (now: number): void => {
    since = now;
    count = 0;
  };
  return {
    isOn: () => on,
    note: (taken, grouped) => {
      const now = clock();
      if (!on) {
        on = grouped;
        begin(now);
      } else if (now - since >= spanMs) {
        on = count + taken > few;
        begin(now);
      } else {
        count += taken;
      }
    },
  };
}
