/** More than fit on most screens. */
export const DRAWN_AT_ONCE = 12

/** The place of the first turn that is drawn, while those from `first` on are. */
export function firstDrawn<Turn>(turns: readonly Turn[], first: Turn | undefined): number {
  const at = first === undefined ? -1 : turns.indexOf(first)
  return at === -1 ? Math.max(0, turns.length - DRAWN_AT_ONCE) : at
}
