/** Rows that one statement deletes, and statements in one sweep: what is left over goes with the next. */
export const SWEEP_ROWS = 1_000
export const SWEEP_ROUNDS = 100

/** Deletes in portions until nothing is left or the sweep has done its share. `deleteSome` takes at most `rows` away. */
export async function sweep(deleteSome: (rows: number) => Promise<number>): Promise<number> {
  let deleted = 0
  for (let round = 0; round < SWEEP_ROUNDS; round += 1) {
    const rows = await deleteSome(SWEEP_ROWS)
    deleted += rows
    if (rows < SWEEP_ROWS) break
  }
  return deleted
}
