import { describe, expect, it } from 'vitest'
import { isListOfRows, readList } from '../../../../../worker/services/training/rows/list-slice.ts'
import { MAX_LINE_BYTES, type SliceStart } from '../../../../../worker/services/training/rows/row-slice.ts'

const START: SliceStart = { offset: 0, lines: 0, type: null, header: null }
const bytesOf = (text: string) => new TextEncoder().encode(text)
const read = (text: string, over: { isLast?: boolean; start?: SliceStart } = {}) =>
  readList(bytesOf(text), { start: START, isLast: true, method: 'lora', ...over })

const LIST = '\ufeff [ {"text":"a, ]} \\" b"},\n{"text":"c","more":[1,{"x":2}]} , {"text":"d"}\n]\n'

describe('a list of rows', () => {
  it('is told from lines by its beginning', () => {
    expect(isListOfRows(bytesOf(LIST))).toBe(true)
    expect(isListOfRows(bytesOf('{"text":"[]"}'))).toBe(false)
    expect(isListOfRows(bytesOf(''))).toBe(false)
  })

  it('is the same wherever it is cut into slices', () => {
    const bytes = bytesOf(LIST)
    for (let sliceBytes = 40; sliceBytes <= bytes.length; sliceBytes += 1) {
      let start = START
      const rows: unknown[] = []
      while (start.offset < bytes.length) {
        const piece = bytes.subarray(start.offset, start.offset + sliceBytes)
        const isLast = start.offset + piece.length >= bytes.length
        const slice = readList(piece, { start, isLast, method: 'lora' })
        expect(slice.faults).toEqual([])
        rows.push(...slice.rows)
        start = slice.next
      }
      expect(rows.map((row) => (row as { text: string }).text)).toEqual(['a, ]} " b', 'c', 'd'])
    }
  })

  it.each([
    ['that does not end', '[{"text":"a"}', /no end/],
    ['with a comma too many', '[{"text":"a"},]', /comma/],
    ['with something behind it', '[{"text":"a"}] x', /behind/],
    ['of what is no row', '[1]', /none of/],
    ['of a row that is broken', '[{"text":}]', /JSON/],
  ])('%s is refused', (_, text, reason) => {
    expect(read(text).faults[0]?.message).toMatch(reason)
  })

  it('of an item that is far too long is told of that once, wherever slices end', () => {
    const tooLong = `"${'x'.repeat(MAX_LINE_BYTES)}`
    const first = '[{"text":"a"}'
    const before = read(`${first},${tooLong}`, { isLast: false })
    expect(before).toMatchObject({ faults: [], next: { lines: 1, offset: first.length + 1 } })
    const endless = read(tooLong, { isLast: false, start: before.next })
    expect(endless.faults).toMatchObject([{ line: 2, message: expect.stringMatching(/longer/) }])
    expect(endless.next.offset).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('may be empty', () => {
    expect(read('[ ]')).toMatchObject({ rows: [], faults: [] })
  })
})
