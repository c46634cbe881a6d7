import '../../../workerd.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinSurveys } from '../../../../../worker/services/files/rows/join-surveys.ts'
import {
  MAX_FAULTS,
  refusalOf,
  surveyFile,
  surveyPiece,
} from '../../../../../worker/services/files/rows/row-survey.ts'
import { SEED, timesOf } from '../../../../support/property-runs.ts'

const TIMES = timesOf(2_000, 20_000)

const ROWS = [
  {
    messages: [
      { role: 'user', content: 'é😀' },
      { role: 'assistant', content: 'b', weight: 1 },
    ],
  },
  {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'a' }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: '1' },
      { role: 'assistant', content: 'done' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  },
  { prompt: 'a', completion: 'b' },
  {
    input: { messages: [{ role: 'user', content: 'a' }] },
    preferred_output: [{ role: 'assistant', content: 'b' }],
    non_preferred_output: [{ role: 'assistant', content: 'c' }],
  },
]
const FILE = new TextEncoder().encode(
  ROWS.flatMap((row) => [row, row])
    .map((row) => `${JSON.stringify(row)}\n`)
    .join(''),
)

/** Bytes that mean something where they come to stand. */
const BYTE = fc.oneof(
  fc.constantFrom(...new TextEncoder().encode('\n\r"\\{}[],:u0 ')),
  fc.integer({ min: 0, max: 255 }),
)
const CHANGE = fc.record({
  at: fc.nat(FILE.length - 1),
  removed: fc.constantFrom(0, 0, 1, 1, 2, 40),
  added: fc.array(BYTE, { maxLength: 4 }),
})

function changed(changes: readonly { at: number; removed: number; added: number[] }[]): Uint8Array {
  const bytes = [...FILE]
  for (const { at, removed, added } of changes) bytes.splice(at, removed, ...added)
  return Uint8Array.from(bytes)
}

function surveyed(bytes: Uint8Array) {
  const rows = surveyFile()
  rows.write(bytes)
  return rows.end()
}

describe(`a file of rows that was changed at random (seed ${SEED})`, () => {
  it('is taken or refused by line and field, and the same in pieces as in one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(CHANGE, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(FILE.length), { maxLength: 5 }),
        async (changes, cuts) => {
          const bytes = changed(changes)
          const whole = surveyed(bytes)
          const lines = new TextDecoder().decode(bytes).split('\n').length
          expect(whole.faults.length).toBeLessThanOrEqual(MAX_FAULTS)
          for (const { line, message } of whole.faults) {
            expect(line).toBeGreaterThanOrEqual(1)
            expect(line).toBeLessThanOrEqual(lines)
            expect(message).not.toBe('')
          }
          const refusal = refusalOf(whole)
          if (refusal) expect(refusal.message.isWellFormed()).toBe(true)
          const ends = [...cuts.toSorted((a, b) => a - b), bytes.length].map((end) =>
            Math.min(end, bytes.length),
          )
          const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
          const surveys = pieces.map((piece, index) => {
            const rows = surveyPiece()
            rows.write(piece)
            return { key: String(index), sizeBytes: piece.length, survey: rows.end() }
          })
          const joined = await joinSurveys(surveys, async ({ key, offset, length }) =>
            (pieces[Number(key)] ?? new Uint8Array()).subarray(offset, offset + length),
          )
          // Rows are counted up to where the tenth mistake ends the search.
          if (whole.faults.length < MAX_FAULTS) expect(joined).toEqual(whole)
          else expect(joined.faults).toEqual(whole.faults)
        },
      ),
      { numRuns: TIMES, seed: SEED },
    )
  })
})
