/** The time after which a delivery is not attempted, as expressions for statements that say when something is due. */

/** Why such a delivery ended, as the API shows it. */
export const expiredReason = 'It could not be delivered in the time that its producer gave it.';

/** A moment, or the end of the delivery's time when that comes first. */
export const withinTime = (moment: string): string => `least(${moment}, delivery.expires_at)`;
