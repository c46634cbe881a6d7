import { MAX_KEPT_INPUT_BYTES } from './response-limits.ts'

/** Rows as JSON in lists that are small enough for one statement: a value of the database holds 2 MB. `before` is how many come earlier. */
export function jsonPortions(rows: readonly object[]): { before: number; json: string }[] {
  const portions: { before: number; texts: string[]; bytes: number }[] = []
  for (const [index, row] of rows.entries()) {
    const text = JSON.stringify(row)
    const bytes = Buffer.byteLength(text)
    const last = portions.at(-1)
    if (last && last.bytes + bytes <= MAX_KEPT_INPUT_BYTES) {
      last.texts.push(text)
      last.bytes += bytes
    } else portions.push({ before: index, texts: [text], bytes })
  }
  return portions.map(({ before, texts }) => ({ before, json: `[${texts.join(',')}]` }))
}
