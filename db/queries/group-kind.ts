/** Which kind of group a delivery's group id stands for: that of a drain is its hook's, that of a replay the replay's. */
export const groupKind = (delivery: string): string =>
  `case when ${delivery}.group_id = ${delivery}.hook_id then 'drain'
    when exists (select from replay where replay.id = ${delivery}.group_id) then 'replay' else 'dispatch' end`;
