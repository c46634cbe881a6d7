import { describe, expect, it } from 'vitest'
import {
  csvRecords,
  MAX_COLUMNS,
  MAX_RECORD_BYTES,
} from '../../../../../worker/services/advising/catalogue/csv-records.ts'

/** A file in pieces, as a network delivers it. */
async function* inPieces(text: string): AsyncGenerator<Uint8Array, void, void> {
  const bytes = new TextEncoder().encode(text)
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536)
}

async function cellsOf(text: string, column: string): Promise<(string | undefined)[]> {
  const cells: (string | undefined)[] = []
  for await (const record of csvRecords(inPieces(text), () => {})) cells.push(record.get(column))
  return cells
}

describe('a CSV file', () => {
  it(`has ${MAX_COLUMNS} columns, and not one more`, async () => {
    const file = (columns: number) => {
      const names = Array.from({ length: columns }, (_, index) => `c${index}`)
      return `${names.join(',')}\n${names.map((name) => `of ${name}`).join(',')}\n`
    }
    expect(await cellsOf(file(MAX_COLUMNS), `c${MAX_COLUMNS - 1}`)).toEqual([`of c${MAX_COLUMNS - 1}`])
    await expect(cellsOf(file(MAX_COLUMNS + 1), 'c0')).rejects.toThrow(
      `Line 1: it has more than ${MAX_COLUMNS} columns.`,
    )
  })

  it(`has records of ${MAX_RECORD_BYTES} bytes, and not of one more`, async () => {
    const file = (bytes: number) =>
      `name,text\nfirst,short\nlong,${'x'.repeat(bytes - 'long'.length)}\nlast,\n`
    expect(await cellsOf(file(MAX_RECORD_BYTES), 'name')).toEqual(['first', 'long', 'last'])
    await expect(cellsOf(file(MAX_RECORD_BYTES + 1), 'name')).rejects.toThrow('Line 3: it is not valid CSV.')
  })

  it('is refused by the line on which a quote begins that never ends', async () => {
    const file = `name,text\nfirst,"${'y\n'.repeat(MAX_RECORD_BYTES)}`
    await expect(cellsOf(file, 'name')).rejects.toThrow(/^Line \d+: it is not valid CSV\.$/)
  })
})
