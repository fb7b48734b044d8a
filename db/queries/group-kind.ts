/** Which kind of group a delivery's group id stands for: that of a drain is its hook's. */
export const groupKind = (delivery: string): string =>
  `case when ${delivery}.group_id = ${delivery}.hook_id then 'drain' else 'dispatch' end`;
