/** Places of windows for each lane, the longest first to whichever has least to compute: the same windows go the same ways. */
export function spread(windows: readonly { length: number }[], lanes: number): number[][] {
  const all = Array.from({ length: lanes }, () => ({ places: Array.of<number>(), length: 0 }))
  const longestFirst = [...windows.entries()].toSorted(([, a], [, b]) => b.length - a.length)
  for (const [place, { length }] of longestFirst) {
    const [freest] = all.toSorted((a, b) => a.length - b.length)
    freest?.places.push(place)
    if (freest !== undefined) freest.length += length
  }
  return all.map(({ places }) => places)
}

/**
 * Computes windows side by side, each lane its own one after the other. Answers in the order of the windows. What a lane
 * throws is thrown when all lanes have ended: what they compute in is there until then.
 */
export async function sideBySide<Window extends { length: number }, Outcome>(
  windows: readonly Window[],
  lanes: number,
  compute: (window: Window, lane: number) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes = new Map<number, Outcome>()
  const ended = await Promise.allSettled(
    spread(windows, lanes).map(async (places, lane) => {
      for (const place of places) {
        const window = windows[place]
        if (window !== undefined) outcomes.set(place, await compute(window, lane))
      }
    }),
  )
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return [...outcomes].toSorted(([a], [b]) => a - b).map(([, outcome]) => outcome)
}
