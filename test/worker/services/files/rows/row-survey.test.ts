import '../../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { MAX_JSON_DEPTH } from '../../../../../shared/json-text.ts'
import { joinSurveys } from '../../../../../worker/services/files/rows/join-surveys.ts'
import { LineCutter, MAX_LINE_BYTES } from '../../../../../worker/services/files/rows/lines.ts'
import {
  MAX_FAULTS,
  MAX_LINES,
  type RowSurvey,
  refusalOf,
  surveyFile,
  surveyPiece,
} from '../../../../../worker/services/files/rows/row-survey.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const chat = (text: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: text },
      { role: 'assistant', content: 'Yes.' },
    ],
  })
const PAIR = '{"prompt":"a","completion":"b"}'

function survey(content: string | Uint8Array, chunkBytes = 7): RowSurvey {
  const bytes = typeof content === 'string' ? bytesOf(content) : content
  const rows = surveyFile()
  for (let at = 0; at < bytes.length; at += chunkBytes) rows.write(bytes.subarray(at, at + chunkBytes))
  return rows.end()
}

/** The same by pieces that end at these places. */
async function surveyInPieces(content: Uint8Array, ends: readonly number[]): Promise<RowSurvey> {
  const pieces = [...ends, content.length].map((end, index) => content.subarray(ends[index - 1] ?? 0, end))
  const surveyed = pieces.map((piece, index) => {
    const rows = surveyPiece()
    rows.write(piece)
    return { key: String(index), sizeBytes: piece.length, survey: rows.end() }
  })
  return joinSurveys(surveyed, async ({ key, offset, length }) => {
    expect(length).toBeLessThanOrEqual(MAX_LINE_BYTES)
    return pieces[Number(key)]?.slice(offset, offset + length) ?? new Uint8Array()
  })
}

describe('lines', () => {
  const cut = (...chunks: string[]) => {
    const lines: string[] = []
    const cutter = new LineCutter(({ bytes }) => lines.push(new TextDecoder().decode(bytes)) > 0)
    for (const chunk of chunks) cutter.write(bytesOf(chunk))
    return [...lines, new TextDecoder().decode(cutter.end().bytes)]
  }

  it('are cut at their ends, wherever chunks end', () => {
    expect(cut('a\nbc', 'd', '\n', '\ne')).toEqual(['a', 'bcd', '', 'e'])
    expect(cut('a\n')).toEqual(['a', ''])
    expect(cut()).toEqual([''])
  })

  it('are not held when they are too long, and the next one is whole', () => {
    const lengths: (number | undefined)[][] = []
    const cutter = new LineCutter(({ bytes, length }) => lengths.push([bytes?.length, length]) > 0)
    cutter.write(new Uint8Array(MAX_LINE_BYTES))
    cutter.write(bytesOf('\n'))
    cutter.write(new Uint8Array(MAX_LINE_BYTES))
    cutter.write(bytesOf('x'))
    cutter.write(bytesOf('yz\nab\n'))
    expect(lengths).toEqual([
      [MAX_LINE_BYTES, MAX_LINE_BYTES],
      [undefined, MAX_LINE_BYTES + 3],
      [2, 2],
    ])
  })
})

describe('rows to train on', () => {
  it.each([
    ['chats', `${chat('a')}\n${chat('é')}\n`, 'chatml', 2],
    ['pairs, without an end of the last line', `${PAIR}\n${PAIR}`, 'prompt_completion', 2],
    ['ends of lines of Windows', `${PAIR}\r\n${PAIR}\r\n`, 'prompt_completion', 2],
    ['blank lines', `\n${PAIR}\n  \n\n${PAIR}\n\n`, 'prompt_completion', 2],
    [
      'preferences',
      JSON.stringify({
        input: { messages: [{ role: 'user', content: 'a' }] },
        preferred_output: [{ role: 'assistant', content: 'b' }],
        non_preferred_output: [{ role: 'assistant', content: 'c' }],
      }),
      'preference',
      1,
    ],
    ['texts', '{"text":"a"}', 'completion', 1],
  ])('are %s', (_case, content, type, rows) => {
    const found = survey(content)
    expect(found).toMatchObject({ type, rows, faults: [] })
    expect(refusalOf(found)).toBeUndefined()
  })

  const deep = (depth: number) => `{"text":"a","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  const long = (bytes: number) => `{"text":"${'x'.repeat(bytes - 11)}"}`

  it.each<[string, string | Uint8Array, string, string]>([
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), '', 'it is not valid UTF-8'],
    [
      'a pair cut in half, as UTF-8',
      new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]),
      '',
      'it is not valid UTF-8',
    ],
    ['a byte order mark', `\ufeff${PAIR}`, '', 'it begins with a byte order mark'],
    ['no JSON', '{"text":', '', 'it is not valid JSON'],
    ['two rows', `${PAIR} ${PAIR}`, '', 'it is not valid JSON'],
    ['half of a surrogate pair', '{"text":"\\ud800"}', 'text', 'it holds half of a surrogate pair'],
    ['too deep nesting', deep(MAX_JSON_DEPTH + 1), '', `nests deeper than ${MAX_JSON_DEPTH}`],
    ['a line that is too long', long(MAX_LINE_BYTES + 1), '', 'a line has at most 1 MB'],
    ['no row', '[1]', '', 'it has the fields of none of completion, alpaca'],
    ['another row', '{"question":"a"}', '', 'it has the fields of none of'],
    ['a field of another type', '{"prompt":"a","completion":1}', 'completion', 'expected string'],
    [
      'a turn of nobody',
      '{"messages":[{"role":"user","content":"a"},{"role":"x","content":"b"}]}',
      'messages.1.role',
      'Invalid',
    ],
    ['nothing to learn', '{"messages":[{"role":"user","content":"a"}]}', 'messages', 'at least one turn'],
    [
      'a row of another form',
      `${PAIR}\n{"text":"a"}`,
      '',
      'the row is completion, and the first one is prompt_completion',
    ],
  ])('cannot be %s, which is told with line and field', (_case, content, field, message) => {
    const { faults } = survey(content)
    expect(faults[0]).toMatchObject({ field, message: expect.stringContaining(message) })
    expect(faults[0]?.line).toBe(typeof content === 'string' ? content.split('\n').length : 1)
    expect(refusalOf(survey(content))).toMatchObject({
      code: 'invalid_request',
      param: 'file',
      message: expect.stringMatching(/^Invalid 'file': the rows cannot be trained on: line \d/),
    })
  })

  it('may be as long and as deep as is allowed', () => {
    expect(survey(long(MAX_LINE_BYTES), 65_536).faults).toEqual([])
    expect(survey(deep(MAX_JSON_DEPTH)).faults).toEqual([])
  })

  it('are some: a file without any is refused', () => {
    for (const content of ['', '\n\n', '  ']) {
      expect(refusalOf(survey(content))?.message).toBe(
        "Invalid 'file': the rows cannot be trained on: it holds no rows.",
      )
    }
  })

  it(`are in at most ${MAX_LINES} lines, blank ones too`, async () => {
    const most = bytesOf(`${PAIR}${'\n'.repeat(MAX_LINES - 1)}`)
    const over = bytesOf(`${PAIR}${'\n'.repeat(MAX_LINES)}${PAIR}`)
    const blank = bytesOf(`${PAIR}${'\n'.repeat(MAX_LINES + 1)}`)
    expect(survey(most, 65_536).faults).toEqual([])
    for (const content of [over, blank]) {
      const fault = { line: MAX_LINES + 1, message: `a file has at most ${MAX_LINES} lines` }
      expect(survey(content, 65_536).faults).toMatchObject([fault])
      expect((await surveyInPieces(content, [])).faults).toMatchObject([fault])
      expect((await surveyInPieces(content, [500_000])).faults).toMatchObject([fault])
    }
    expect((await surveyInPieces(most, [500_000])).faults).toEqual([])
  })

  it(`have their first ${MAX_FAULTS} mistakes told`, () => {
    const content = Array.from({ length: 40 }, (_, index) => (index % 2 ? '{"text":1}' : PAIR)).join('\n')
    const { faults } = survey(content)
    expect(faults.map(({ line }) => line)).toEqual(
      Array.from({ length: MAX_FAULTS }, (_, index) => 2 * index + 2),
    )
  })
})

describe('rows that come in pieces', () => {
  const lines = [chat('one'), '', chat('é€😀'), '{"messages":[]}', chat('x'.repeat(40)), PAIR, 'x']
  const content = bytesOf(lines.join('\n'))
  const whole = survey(content)

  it('are found to be what they are in one, wherever they are cut', async () => {
    expect(whole.faults.map(({ line }) => line)).toEqual([4, 6, 7])
    for (let first = 0; first <= content.length; first += 1) {
      for (const second of [first, first + 1, first + 30, content.length])
        expect(await surveyInPieces(content, [first, Math.min(second, content.length)])).toEqual(whole)
    }
  })

  it('are found also when every byte is a piece', async () => {
    expect(
      await surveyInPieces(
        content,
        Array.from(content, (_, index) => index + 1),
      ),
    ).toEqual(whole)
  })

  it('name the first row of another form, whichever piece it is in', async () => {
    const mixed = bytesOf(`${PAIR}\n${PAIR}\n${chat('a')}\n${chat('b')}\n`)
    const cut = `${PAIR}\n${PAIR}\n`.length
    expect((await surveyInPieces(mixed, [cut - 3])).faults[0]).toMatchObject({
      line: 3,
      message: 'the row is chatml, and the first one is prompt_completion',
    })
  })

  it('hold no line that is too long, although each piece of it is short', async () => {
    const bytes = bytesOf(`${PAIR}\n${'x'.repeat(MAX_LINE_BYTES + 1)}\n${PAIR}`)
    const found = await surveyInPieces(bytes, [600_000, 1_000_000])
    expect(found).toMatchObject({
      rows: 2,
      faults: [{ line: 2, message: expect.stringContaining('at most 1 MB') }],
    })
  })
})
