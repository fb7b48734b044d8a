/** How a receiver of the bench answers: with which status, after which delay, and how many it fails first. */

/** What a lane does; whatever is not given is that of a healthy receiver. */
export interface LaneBehaviour {
  readonly status?: number;
  readonly delayMs?: number;
  /** The share of deliveries, from 0 to 1, whose first arrivals are failed. */
  readonly failShare?: number;
  /** How many arrivals of such a delivery are failed. */
  readonly failArrivals?: number;
  readonly failStatus?: number;
}

const healthyStatus = 200;
const standardFailStatus = 503;

/**
 * The status for an arrival. Which deliveries are failed follows from their ids alone, so that every arrival of one
 * delivery is treated alike.
 *
 * @param arrivals how many there have been of this delivery, this one included
 */
export function statusFor(behaviour: LaneBehaviour, id: string, arrivals: number): number {
  const { status = healthyStatus, failShare = 0, failArrivals = 0 } = behaviour;
  const isFailing = shareOf(id) < failShare && arrivals <= failArrivals;
  return isFailing ? (behaviour.failStatus ?? standardFailStatus) : status;
}

/** A number from 0 to 1 out of the random end of a UUIDv7. */
function shareOf(id: string): number {
  return Number.parseInt(id.slice(-8), 16) / 2 ** 32;
}
