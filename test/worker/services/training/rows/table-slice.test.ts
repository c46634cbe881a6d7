import { describe, expect, it } from 'vitest'
import type { SliceStart } from '../../../../../worker/services/training/rows/row-slice.ts'
import { readTable } from '../../../../../worker/services/training/rows/table-slice.ts'

const START: SliceStart = { offset: 0, lines: 0, type: null, header: null }
const CSV = 'question,answer\r\n"What, ""now""?","Line one\nline two"\r\nä,b\n"c"\n'

const options = (over: Partial<Parameters<typeof readTable>[1]> = {}) => ({
  start: START,
  isLast: true,
  method: 'lora' as const,
  type: 'guess' as const,
  mapping: undefined,
  encoding: undefined,
  delimiter: undefined,
  ...over,
})

const utf16 = (text: string) => {
  const units = Uint16Array.from(`\ufeff${text}`, (character) => character.charCodeAt(0))
  return new Uint8Array(units.buffer)
}
const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

const said = (rows: unknown[]) =>
  rows.map((row) =>
    (row as { turns: { message: { content: string } }[] }).turns.map(({ message }) => message.content),
  )

const ROWS = [
  ['What, "now"?', 'Line one\nline two'],
  ['ä', 'b'],
]

describe('a table', () => {
  const whole = CSV.replace('"c"\n', '')
  it.each([
    ['UTF-8', new TextEncoder().encode(whole)],
    ['UTF-16', utf16(whole)],
    ['Windows-1252', latin(whole)],
  ])('of %s is the same wherever it is cut into slices', async (_, bytes) => {
    const one = await readTable(bytes, options())
    expect(one.faults).toEqual([])
    expect(said(one.rows)).toEqual(ROWS)
    for (let sliceBytes = 90; sliceBytes < bytes.length + 2; sliceBytes += 1) {
      let start = START
      const rows: unknown[] = []
      while (start.offset < bytes.length) {
        const piece = bytes.slice(start.offset, start.offset + sliceBytes)
        const isLast = start.offset + piece.length >= bytes.length
        const slice = await readTable(piece, options({ start, isLast }))
        expect(slice.faults).toEqual([])
        rows.push(...slice.rows)
        start = slice.next
      }
      expect(said(rows)).toEqual(ROWS)
    }
  })

  it('tells the row and the field that are wrong', async () => {
    const { faults, rows } = await readTable(
      new TextEncoder().encode('prompt,completion\na,b\nc,\n'),
      options(),
    )
    expect(rows).toHaveLength(1)
    expect(faults).toMatchObject([{ line: 3, field: 'completion' }])
  })

  it('that breaks in the middle of a slice is read no further: what would follow begins in the middle of a row', async () => {
    const broken = new TextEncoder().encode('prompt,completion\na,b\nc,"d" e\nf,g\n')
    const { faults, next } = await readTable(broken, options({ isLast: false }))
    expect(faults).toMatchObject([{ line: 3 }])
    expect(next.offset).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each([
    ['instruction,output', 'alpaca'],
    ['instruction,input,output', 'alpaca'],
    ['text', 'completion'],
    ['Prompt,COMPLETION', 'prompt_completion'],
  ])('with the columns %s is %s', async (header, type) => {
    const cells = header.split(',').map(() => 'x')
    const slice = await readTable(new TextEncoder().encode(`${header}\n${cells.join(',')}\n`), options())
    expect(slice.faults).toEqual([])
    expect(slice.next.type).toBe(type)
    expect(slice.rows).toHaveLength(1)
  })

  it('is read by the columns that are named, and by no others', async () => {
    const bytes = new TextEncoder().encode('a,b\nx,y\n')
    const mapping = { prompt: 'b', completion: 'a' }
    expect(said((await readTable(bytes, options({ mapping }))).rows)).toEqual([['y', 'x']])
    expect((await readTable(bytes, options())).faults[0]?.message).toMatch(/none of the columns/)
    expect((await readTable(bytes, options({ type: 'chatml' }))).faults[0]?.message).toMatch(/none of chatml/)
    const wrong = options({ mapping: { prompt: 'z', completion: 'a' }, type: 'prompt_completion' })
    expect((await readTable(bytes, wrong)).faults[0]?.message).toMatch(/no column 'z'/)
  })
})
