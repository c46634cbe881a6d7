import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PREVIEW_BYTES, PREVIEW_ROWS, previewOf } from '../../../../worker/services/datasets/preview.ts'
import { MAX_TABLE_COLUMNS } from '../../../../worker/services/datasets/query.ts'

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength

describe('previewOf', () => {
  it('shows the first rows as they are', () => {
    const rows = Array.from({ length: PREVIEW_ROWS + 1 }, (_, index) => [`${index}`, ' x '])
    expect(previewOf(['a', ''], rows)).toEqual({ headers: ['a', ''], rows: rows.slice(0, PREVIEW_ROWS) })
  })

  it('shows as much of long cells as lets all rows be shown', () => {
    const { headers, rows } = previewOf(['a'], Array(PREVIEW_ROWS).fill(['x'.repeat(10_000)]))
    expect([headers, rows]).toEqual([['a'], Array(PREVIEW_ROWS).fill([`${'x'.repeat(255)}…`])])
  })

  it('takes as many bytes as it may, and not one more', () => {
    // Each row is as long as the others, and the header has what is left.
    const rows = Array(PREVIEW_ROWS).fill(Array(3).fill('x'.repeat(256)))
    const rest = MAX_PREVIEW_BYTES - bytesOf({ headers: ['', '', ''], rows })
    const full = ['x'.repeat(Math.min(rest, 256)), '', '']
    expect(rest).toBeLessThan(256)
    expect(bytesOf(previewOf(full, rows))).toBe(MAX_PREVIEW_BYTES)
    expect(previewOf([`${full[0]}x`, '', ''], rows).rows[0]?.[0]).toBe(`${'x'.repeat(63)}…`)
  })

  it('leaves rows away where a wide table has no room for them', () => {
    const row = Array(60).fill('x'.repeat(100))
    const shown = Array(60).fill(`${'x'.repeat(15)}…`)
    expect(previewOf(row, Array(PREVIEW_ROWS).fill(row))).toEqual({ headers: shown, rows: [shown, shown] })
  })

  it('is bounded for any table', () => {
    const cell = fc.oneof(fc.string({ unit: 'binary', maxLength: 500 }), fc.constant('\u0001'.repeat(300)))
    const row = fc.array(cell, { minLength: 1, maxLength: MAX_TABLE_COLUMNS })
    fc.assert(
      fc.property(row, fc.array(row, { maxLength: PREVIEW_ROWS }), (headers, rows) => {
        const preview = previewOf(headers, rows)
        expect(bytesOf(preview)).toBeLessThanOrEqual(MAX_PREVIEW_BYTES)
        expect(preview.headers).toHaveLength(headers.length)
      }),
    )
  })
})
