import '../../../workerd.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, type DocumentPage, PIECE_CHARACTERS } from '../../../../../shared/document-page.ts'
import { MAX_JSON_DEPTH } from '../../../../../shared/json-text.ts'
import { MAX_ROW_BYTES, MAX_SHOWN_NAME } from '../../../../../worker/services/documents/reading/csv-reader.ts'
import {
  MAX_COMMENT_CHARACTERS,
  MAX_HTML_DEPTH,
} from '../../../../../worker/services/documents/reading/html-reader.ts'
import {
  MAX_NAME_CHARACTERS,
  MAX_SHOWN_PATH,
  MAX_VALUE_CHARACTERS,
} from '../../../../../worker/services/documents/reading/json-reader.ts'
import { MAX_BLOCK_CHARACTERS } from '../../../../../worker/services/documents/reading/pieces.ts'
import { READERS, type TextFormat } from '../../../../../worker/services/documents/reading/read-text.ts'
import { MAX_LINE_CHARACTERS } from '../../../../../worker/services/documents/reading/text-lines.ts'
import { SEED, timesOf } from '../../../../support/property-runs.ts'
import { utf16, windows1252 } from '../../../csv-file.ts'

const encode = (text: string) => new TextEncoder().encode(text)

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let from = 0; from < bytes.byteLength; from += size) yield bytes.slice(from, from + size)
}

async function pagesOf(
  format: TextFormat,
  content: string | Uint8Array,
  pieceBytes = 1 << 16,
): Promise<DocumentPage[]> {
  const bytes = typeof content === 'string' ? encode(content) : content
  const pages: DocumentPage[] = []
  for await (const page of READERS[format]({ name: 'a.file', bytes: inPieces(bytes, pieceBytes) }))
    pages.push(page)
  return pages
}

const blocksOf = async (...given: Parameters<typeof pagesOf>): Promise<Block[]> =>
  (await pagesOf(...given)).flatMap(({ blocks }) => blocks)

const paragraph = (text: string): Block => ({ kind: 'paragraph', text })
const heading = (level: number, text: string): Block => ({ kind: 'heading', level, text })

const SAMPLES: Record<TextFormat, string> = {
  text: 'One\nline more\r\n\r\nTwo 🏙\r\rThree',
  markdown:
    '# Title #\n\nText *here*\nand on\n\nUnder\n---\n- a\n- b\n  more\n\n| x | y |\n|---|:-:|\n| 1 | 2\\|3 |\n\n```js\n# no heading\n```\n',
  html:
    '<!doctype html><head><title>T &amp; U</title><style>x{}</style><script>if (a<b) {}</script></head><body>' +
    '<h2>Über <b>uns</b></h2><p>One<br>two &eacute;</p><ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>' +
    '<table><tr><th>N</th><th>W</th></tr><tr><td></td><td><p>1</p></td></tr></table><pre>a  b\n c</pre></body>',
  json: '{"name": "Ada", "n": 12345678901234567890, "tags": ["x", null, true], "home": {"city": "Köln 🏙"}}',
  csv: 'name;city\nAda;London\n"Grace;\nH";\n',
}

const EXPECTED: Record<TextFormat, Block[]> = {
  text: [paragraph('One\nline more'), paragraph('Two 🏙'), paragraph('Three')],
  markdown: [
    heading(1, 'Title'),
    paragraph('Text *here*\nand on'),
    heading(2, 'Under'),
    { kind: 'list', items: ['a', 'b more'] },
    {
      kind: 'table',
      rows: [
        ['x', 'y'],
        ['1', '2|3'],
      ],
    },
    paragraph('# no heading'),
  ],
  html: [
    heading(1, 'T & U'),
    heading(2, 'Über uns'),
    paragraph('One\ntwo é'),
    { kind: 'list', items: ['a', 'b', 'c'] },
    {
      kind: 'table',
      rows: [
        ['N', 'W'],
        ['', '1'],
      ],
    },
    paragraph('a  b\n c'),
  ],
  json: [
    paragraph('name: Ada\nn: 12345678901234567890\ntags: x\ntags: true'),
    paragraph('home.city: Köln 🏙'),
  ],
  csv: [{ kind: 'list', items: ['name; city', 'name: Ada; city: London', 'name: Grace;\nH'] }],
}

const FORMATS: TextFormat[] = ['text', 'markdown', 'html', 'json', 'csv']

describe.each(FORMATS)('a reader of %s', (format) => {
  it('tells its blocks in the order of reading', async () => {
    expect(await blocksOf(format, SAMPLES[format])).toEqual(EXPECTED[format])
  })

  it('tells the same however the bytes come', async () => {
    for (const size of [1, 2, 3, 7, 64])
      expect(await blocksOf(format, SAMPLES[format], size)).toEqual(EXPECTED[format])
  })

  it('reads UTF-16 with its mark, and Windows-1252', async () => {
    expect(await blocksOf(format, utf16(SAMPLES[format]))).toEqual(EXPECTED[format])
    const plain = SAMPLES[format].replaceAll('🏙', '–')
    expect(JSON.stringify(await blocksOf(format, windows1252(plain)))).toBe(
      JSON.stringify(await blocksOf(format, plain)),
    )
  })

  it('refuses bytes that are no text, naming the file', async () => {
    await expect(pagesOf(format, new Uint8Array([0x61, 0, 0x62, 10]))).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining("'a.file'"),
    })
  })

  it('never breaks on what is mutated: it reads it or refuses it', async () => {
    const sample = encode(SAMPLES[format])
    const mutation = fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(mutation, fc.nat(sample.length), async (changes, end) => {
        const bytes = sample.slice(0, end)
        for (const [at, byte] of changes) if (at < end) bytes[at] = byte
        await pagesOf(format, bytes, 16).catch((thrown: unknown) => {
          expect(thrown).toMatchObject({ code: 'invalid_request', param: 'file' })
        })
      }),
      { seed: SEED, numRuns: timesOf(60, 400) },
    )
  })
})

describe('pieces', () => {
  it('end where they are long enough, and no block is longer than it may be', async () => {
    const text = 'word '.repeat(400_000)
    const pages = await pagesOf('text', text)
    expect(pages.length).toBeGreaterThan(6)
    for (const { blocks } of pages) {
      const length = blocks.reduce((sum, block) => sum + ('text' in block ? block.text.length : 0), 0)
      expect(length).toBeLessThan(PIECE_CHARACTERS + MAX_BLOCK_CHARACTERS)
      for (const block of blocks)
        expect('text' in block && block.text.length).toBeLessThanOrEqual(MAX_BLOCK_CHARACTERS)
    }
    const all = pages.flatMap(({ blocks }) => blocks.map((block) => ('text' in block ? block.text : '')))
    expect(all.join(' ').split(/\s+/)).toHaveLength(400_000)
  })

  it('cut no character in two', async () => {
    const blocks = await blocksOf('text', '🏙'.repeat(MAX_LINE_CHARACTERS))
    expect(blocks.every((block) => 'text' in block && block.text.isWellFormed())).toBe(true)
    expect(blocks.map((block) => ('text' in block ? block.text : '')).join('')).toBe(
      '🏙'.repeat(MAX_LINE_CHARACTERS),
    )
  })
})

/** A file in pieces, and how many of them were asked for when the first page came; undefined where none did. */
async function piecesUntilPage(format: TextFormat, content: string): Promise<{ asked: number; all: number }> {
  const pieceBytes = 1 << 14
  let asked = 0
  async function* bytes() {
    for await (const piece of inPieces(encode(content), pieceBytes)) {
      asked += 1
      yield piece
    }
  }
  const reading = READERS[format]({ name: 'a.file', bytes: bytes() })
  await reading.next()
  return { asked, all: Math.ceil(content.length / pieceBytes) }
}

describe('a block that never ends', () => {
  it.each<[TextFormat, string, string]>([
    ['markdown', 'an item that goes on', `- a\n${'b\n'.repeat(1_000_000)}`],
    ['markdown', 'rows of many cells', `${'|'.repeat(50_000)}a|\n`.repeat(40)],
    ['html', 'a row of cells', `<table>${'<td>cell</td>'.repeat(150_000)}`],
    ['html', 'a cell of text', `<table><td>${'word '.repeat(400_000)}`],
    ['html', 'a row of words without cells', `<table>${'<tr>word'.repeat(200_000)}`],
    ['csv', 'rows that are long', `a\n${`${'x'.repeat(500_000)}\n`.repeat(4)}`],
  ])('is told before the file ends: %s with %s', async (format, _what, content) => {
    const { asked, all } = await piecesUntilPage(format, content)
    expect(asked).toBeLessThan(all / 1.5)
  })

  it('of HTML is one of line ends too', async () => {
    expect(await blocksOf('html', `<p>a${'<br>'.repeat(70_000)}b`)).toEqual([paragraph('a'), paragraph('b')])
  })
})

describe('Markdown', () => {
  it.each([
    ['# a #', 'a'],
    ['# a#', 'a#'],
    ['#  a  ##  ', 'a'],
    ['# a # b', 'a # b'],
    ['## ## a', '## a'],
  ])('%j is a heading of %j', async (line, text) => {
    expect(await blocksOf('markdown', line)).toMatchObject([{ kind: 'heading', text }])
  })

  it('has headings that close themselves with nothing else, and no heading without a blank', async () => {
    expect(await blocksOf('markdown', '# #\n\n####### a\n\n#b')).toEqual([
      paragraph('####### a'),
      paragraph('#b'),
    ])
  })

  it('takes a time for its headings that grows as they do', async () => {
    // A pattern that tries each blank anew takes seconds for one of these.
    const line = `# a${' '.repeat(60_000)}${'#'.repeat(1_000)}b\n`
    expect(await blocksOf('markdown', line.repeat(20))).toHaveLength(
      20 * Math.ceil(61_000 / MAX_BLOCK_CHARACTERS),
    )
  })

  it('makes no row long because another one is', async () => {
    const [table] = await blocksOf('markdown', `|a${'|b'.repeat(1_000)}|\n|1|\n||\n`)
    expect(table).toMatchObject({ kind: 'table', rows: [expect.any(Array), ['1']] })
  })
})

describe('JSON', () => {
  it('may be a value on each line', async () => {
    expect(await blocksOf('json', '{"a": 1}\n{"a": 2}\n')).toEqual([paragraph('a: 1'), paragraph('a: 2')])
  })

  it.each(['{"a": 1', '{"a" 1}', '[1, 2}', '[1,,2]', '{"a": tru}', '{1: 2}', '{"a": 1,}', '"x', ''])(
    'refuses %j with its name',
    async (text) => {
      await expect(pagesOf('json', text)).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(/^'a\.file' is no JSON/),
      })
    },
  )

  it('nests to its limit and no deeper', async () => {
    const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`
    expect(await blocksOf('json', nested(MAX_JSON_DEPTH))).toEqual([paragraph('1')])
    await expect(pagesOf('json', nested(MAX_JSON_DEPTH + 1))).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('tells names up to a length, and takes none that is longer than may be', async () => {
    const named = (name: string) => `{"${name}": {"${name}": [1, 2]}}`
    const [block] = await blocksOf('json', named('n'.repeat(MAX_NAME_CHARACTERS)))
    expect(block).toEqual(paragraph(`${'n'.repeat(MAX_SHOWN_PATH)}: 1\n${'n'.repeat(MAX_SHOWN_PATH)}: 2`))
    await expect(pagesOf('json', named('n'.repeat(MAX_NAME_CHARACTERS + 1)))).rejects.toMatchObject({
      message: expect.stringContaining('a name of at most 65536 characters'),
    })
  })

  it('holds no text that never ends', async () => {
    const text = (length: number) => `["${'x'.repeat(length)}"]`
    expect(await blocksOf('json', text(MAX_VALUE_CHARACTERS - 4))).not.toEqual([])
    await expect(pagesOf('json', text(MAX_VALUE_CHARACTERS + (1 << 17)))).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })
})

describe('HTML', () => {
  it('nests to its limit and no deeper', async () => {
    const nested = (depth: number) => `${'<b>'.repeat(depth)}x`
    expect(await blocksOf('html', nested(MAX_HTML_DEPTH))).toEqual([paragraph('x')])
    await expect(pagesOf('html', nested(MAX_HTML_DEPTH + 1))).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('has no comment that never ends', async () => {
    const comment = (length: number) => `<p>a</p><!--${'x'.repeat(length)}--><p>b</p>`
    expect(await blocksOf('html', comment(MAX_COMMENT_CHARACTERS - 100))).toEqual([
      paragraph('a'),
      paragraph('b'),
    ])
    await expect(pagesOf('html', comment(MAX_COMMENT_CHARACTERS + (1 << 17)))).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('shows nothing of scripts, styles and templates, nor of pictures in attributes', async () => {
    const page = `<p>a<img src="data:${'x'.repeat(100_000)}"></p><template><p>t</p></template><noscript>n</noscript>`
    expect(await blocksOf('html', page)).toEqual([paragraph('a')])
  })
})

describe('CSV', () => {
  it('refuses a quote that never ends, and says where', async () => {
    await expect(pagesOf('csv', `a,b\n"x,y\n`)).rejects.toMatchObject({
      message: expect.stringContaining('a quote is opened and never closed'),
    })
    await expect(pagesOf('csv', `a,b\n"${'x'.repeat(MAX_ROW_BYTES + 4_096)}`)).rejects.toMatchObject({
      message: expect.stringContaining('too long'),
    })
  })

  it('tells of a long name of a column its beginning, before each of its cells', async () => {
    const long = 'n'.repeat(MAX_SHOWN_NAME)
    expect(await blocksOf('csv', `${long}o,b\n1,2\n`)).toEqual([
      { kind: 'list', items: [`${long}o; b`, `${long}: 1; b: 2`] },
    ])
  })

  it('reads rows of any width', async () => {
    expect(await blocksOf('csv', 'a,b\n1\n1,2,3\n')).toEqual([
      { kind: 'list', items: ['a; b', 'a: 1', 'a: 1; b: 2; 3'] },
    ])
  })
})
