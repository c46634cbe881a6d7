import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_JSON_DEPTH } from '../../../../../shared/json-text.ts'
import { TrainingRow } from '../../../../../shared/training-rows.ts'
import { readLines } from '../../../../../worker/services/training/rows/line-slice.ts'
import {
  MAX_LINE_BYTES,
  MAX_TOLD_FAULTS,
  type RowMethod,
} from '../../../../../worker/services/training/rows/row-slice.ts'
import { SEED } from '../../../../support/property-runs.ts'

const START = { offset: 0, lines: 0, type: null, header: null }
const bytesOf = (text: string) => new TextEncoder().encode(text)
const read = (text: string | Uint8Array, over: { isLast?: boolean; method?: RowMethod } = {}) =>
  readLines(typeof text === 'string' ? bytesOf(text) : text, {
    start: START,
    isLast: true,
    method: 'lora',
    ...over,
  })
const row = (text: string) => JSON.stringify({ text })

describe('lines of rows', () => {
  it('become rows of the type of the first; blank lines, a mark and CRLF are passed over', () => {
    const { rows, faults, next } = read(`\ufeff${row('a')}\r\n\n  \n${row('b')}`)
    expect(faults).toEqual([])
    expect(rows).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'text', text: 'b' },
    ])
    expect(next).toMatchObject({ type: 'completion', lines: 4 })
  })

  it('are read whole: what is cut off belongs to the next slice', () => {
    const text = `${row('a')}\n${row('bcd')}`
    const { rows, next } = read(text, { isLast: false })
    expect(rows).toHaveLength(1)
    expect(next).toMatchObject({ offset: row('a').length + 1, lines: 1 })
  })

  it.each<[string, string | Uint8Array, object]>([
    ['that are no JSON', '{"text":', { line: 1, field: '' }],
    [
      'of another type than the first',
      `${row('a')}\n{"prompt":"a","completion":"b"}`,
      { line: 2, field: 'text' },
    ],
    ['of no type', '{"what":1}', { line: 1, message: expect.stringMatching(/none of/) }],
    ['of half a surrogate pair', '{"text":"\\ud800"}', { line: 1, field: 'text' }],
    [
      'that nest too deep',
      `{"text":${'['.repeat(MAX_JSON_DEPTH)}${']'.repeat(MAX_JSON_DEPTH)}}`,
      { line: 1 },
    ],
    [
      'that are not UTF-8',
      Uint8Array.of(0x7b, 0xff, 0x7d),
      { line: 1, message: expect.stringMatching(/UTF-8/) },
    ],
    ['that are lists', '[1]', { line: 1 }],
  ])('%s are mistakes, with line and field', (_, text, fault) => {
    const { rows, faults } = read(text)
    expect(faults[0]).toMatchObject(fault)
    expect(rows.length).toBeLessThan(2)
  })

  it('are as long as they may be, and no longer', () => {
    const line = (length: number) => row('x'.repeat(length - row('').length))
    expect(read(line(MAX_LINE_BYTES)).faults).toEqual([])
    expect(read(line(MAX_LINE_BYTES + 1)).faults).toMatchObject([
      { line: 1, message: expect.stringMatching(/longer/) },
    ])
    expect(read(line(MAX_LINE_BYTES + 1), { isLast: false }).faults).toMatchObject([{ line: 1 }])
    expect(read(line(MAX_LINE_BYTES), { isLast: false })).toMatchObject({ faults: [], rows: [] })
  })

  it('that are far too long are told of once, wherever slices end: what is behind the end of none is not read', () => {
    const tooLong = 'x'.repeat(MAX_LINE_BYTES + 1)
    const text = `${row('a')}\n${tooLong}`
    const before = read(text, { isLast: false })
    expect(before).toMatchObject({ faults: [], next: { lines: 1, offset: row('a').length + 1 } })
    const within = readLines(bytesOf(`${tooLong}\n{`), { start: before.next, isLast: false, method: 'lora' })
    expect(within).toMatchObject({ faults: [{ line: 2 }], next: { lines: 2 } })
    const endless = readLines(bytesOf(tooLong), { start: before.next, isLast: false, method: 'lora' })
    expect(endless.faults).toMatchObject([{ line: 2, message: expect.stringMatching(/longer/) }])
    expect(endless.next.offset).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('tell their first mistakes and no more', () => {
    const { faults } = read('x\n'.repeat(MAX_TOLD_FAULTS + 5))
    expect(faults).toHaveLength(MAX_TOLD_FAULTS)
    expect(faults.at(-1)?.line).toBe(MAX_TOLD_FAULTS)
  })

  it('are what their method learns from', () => {
    expect(read(row('a'), { method: 'dpo' }).faults).toMatchObject([
      { line: 1, message: expect.stringMatching(/preferences/) },
    ])
    const said = [{ role: 'assistant', content: 'x' }]
    const preference = JSON.stringify({
      input: { messages: [{ role: 'user', content: 'hi' }] },
      preferred_output: said,
      non_preferred_output: said,
    })
    expect(read(preference, { method: 'dpo' }).rows).toHaveLength(1)
    expect(read(preference).faults).toHaveLength(1)
  })

  it(`are rows that a node takes, or mistakes by their lines, whatever was done to them and wherever slices end (seed ${SEED})`, () => {
    const call = { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"a":1}' } }
    const whole = Array.from({ length: 3 }, (_, index) =>
      JSON.stringify({
        messages: [
          { role: 'system', content: 'Be brief 🚆.' },
          { role: 'user', content: [{ type: 'text', text: `Where is ${index}?` }], name: 'ada' },
          { role: 'assistant', content: null, tool_calls: [call] },
          { role: 'tool', tool_call_id: 'c1', content: 'é' },
          { role: 'assistant', content: `At door ${index}.`, weight: index % 2 },
        ],
        tools: [{ type: 'function', function: { name: 'find', parameters: { type: 'object' } } }],
      }),
    ).join('\n')
    const noise = fc.constantFrom(
      ...[
        '',
        '{',
        '}',
        '[',
        ']',
        '"',
        ',',
        ':',
        '\n',
        '\r\n',
        '\\',
        '\\ud800',
        '\u0000',
        '\ufeff',
        '[[[[[[[[',
      ],
      ...[
        'null',
        '-1',
        '1e999',
        'true',
        '"__proto__":{"role":1},',
        '"role":"',
        '"weight":',
        '"content":7,',
        '"text":"a",',
      ],
    )
    const edit = fc.record({ at: fc.nat(whole.length), cut: fc.nat(12), put: noise })
    let taken = 0
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(whole.length), (edits, cut) => {
        const text = edits.reduce(
          (before, { at, cut: gone, put }) => before.slice(0, at) + put + before.slice(at + gone),
          whole,
        )
        const bytes = bytesOf(text)
        const { rows, faults, next } = read(bytes)
        for (const one of rows) expect(TrainingRow.parse(JSON.parse(JSON.stringify(one)))).toEqual(one)
        for (const { line, message } of faults) {
          expect(message).not.toBe('')
          expect(line).toBeGreaterThan(0)
          expect(line).toBeLessThanOrEqual(next.lines)
        }
        if (faults.length >= MAX_TOLD_FAULTS) return // no more was read
        const first = read(bytes.subarray(0, cut), { isLast: false })
        const { offset } = first.next
        const second = readLines(bytes.subarray(offset), { start: first.next, isLast: true, method: 'lora' })
        expect([...first.rows, ...second.rows]).toEqual(rows)
        expect([...first.faults, ...second.faults]).toEqual(faults)
        taken += rows.length === 3 ? 1 : 0
      }),
      { seed: SEED, numRuns: 2_000 },
    )
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(2_000)
  })
})
