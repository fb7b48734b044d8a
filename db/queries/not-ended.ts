/**
 * The condition that a delivery has not ended, for statements that find their deliveries by id. Written so that no partial
 * index of the deliveries that have not ended can be taken for it: while a table is small the planner would read all of
 * such an index, and keep that plan when it has grown.
 */
export const notEnded = `coalesce(delivery.settled_at, 'infinity') = 'infinity'`;
