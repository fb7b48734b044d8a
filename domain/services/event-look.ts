/** The colour and emoji of what happened, the same wherever messages have them. */

/** How an event looks. */
export interface EventLook {
  /** 24 bits, red first. */
  readonly colour: number;
  readonly emoji: string;
}

const looks: Readonly<Record<string, EventLook>> = {
  opened: { colour: 0x2d_a4_4e, emoji: '🟢' },
  reopened: { colour: 0x2d_a4_4e, emoji: '🔄' },
  closed: { colour: 0xcf_22_2e, emoji: '🔴' },
  merged: { colour: 0x82_50_df, emoji: '🟣' },
  edited: { colour: 0xbf_87_00, emoji: '✏️' },
  deleted: { colour: 0x57_60_6a, emoji: '🗑️' },
  synchronize: { colour: 0x09_69_da, emoji: '🔁' },
  push: { colour: 0x09_69_da, emoji: '📦' },
  ping: { colour: 0x2d_a4_4e, emoji: '🔗' },
};

const plain: EventLook = { colour: 0x57_60_6a, emoji: '📌' };

/** The look of an action of an issue or pull request, of a `push` or a `ping`; a plain one for everything else. */
export function lookOf(action: string): EventLook {
  return (Object.hasOwn(looks, action) ? looks[action] : undefined) ?? plain;
}
