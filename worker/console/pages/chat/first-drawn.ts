/** More than fit on most screens. */
export const DRAWN_AT_ONCE = 12

/** As many stay drawn while their reader follows the end; what is above them is drawn again when it is asked for. */
export const DRAWN_AT_MOST = 60

/** The place of the first turn that is drawn, while those from `first` on are. */
export function firstDrawn<Turn>(turns: readonly Turn[], first: Turn | undefined): number {
  const at = first === undefined ? -1 : turns.indexOf(first)
  return at === -1 ? Math.max(0, turns.length - DRAWN_AT_ONCE) : at
}

/** Where drawing begins of so many turns, when those far above the end are let go: a few at a time. */
export const letGo = (length: number, from: number): number =>
  length - from > DRAWN_AT_MOST + DRAWN_AT_ONCE ? length - DRAWN_AT_MOST : from
