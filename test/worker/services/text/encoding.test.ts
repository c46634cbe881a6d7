import '../../workerd.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { invalidCsv } from '../../../../worker/services/datasets/csv-flaw.ts'
import { EVIDENCE_BYTES, textDecoding } from '../../../../worker/services/text/encoding.ts'
import { utf16, windows1252 } from '../../csv-file.ts'

const bytesOf = (...parts: (string | number[] | Uint8Array)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part])),
  )

/** A file's text and encoding, read in pieces of so many bytes. */
function read(file: Uint8Array, pieceBytes = 1 << 16, known?: Parameters<typeof textDecoding>[0]['known']) {
  const decoding = textDecoding({ known, refusal: invalidCsv })
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let all = ''
  for (let from = 0; from < file.length; from += pieceBytes)
    all += text.decode(decoding.take(file.slice(from, from + pieceBytes)), { stream: true })
  all += text.decode(decoding.end())
  return [all, decoding.encoding()]
}

const pieces = [1, 2, 3, 7, 4096, 1 << 16]
const TEXT = 'stadt,preis\nKöln 🏙,5 €\n'

describe('textDecoding', () => {
  it.each<[string, Uint8Array, string, string]>([
    ['ASCII', bytesOf('a,b\n'), 'a,b\n', 'utf-8'],
    ['nothing', bytesOf(), '', 'utf-8'],
    ['UTF-8', bytesOf(TEXT), TEXT, 'utf-8'],
    ['UTF-8 with its mark', bytesOf([0xef, 0xbb, 0xbf], TEXT), TEXT, 'utf-8'],
    ['a mark alone', bytesOf([0xef, 0xbb, 0xbf]), '', 'utf-8'],
    ['UTF-16, the low byte first', utf16(TEXT), TEXT, 'utf-16le'],
    ['UTF-16, the high byte first', utf16(TEXT, false), TEXT, 'utf-16be'],
    [
      'Windows-1252',
      windows1252('prix,ville\n5 €,Orléans – “x”\n'),
      'prix,ville\n5 €,Orléans – “x”\n',
      'windows-1252',
    ],
    [
      'Windows-1252 whose last byte is its first beyond ASCII',
      windows1252('nom\ncafé'),
      'nom\ncafé',
      'windows-1252',
    ],
    [
      'Windows-1252 in which two letters look like one of UTF-8',
      windows1252('a\nSpaß’\né,é,é'),
      'a\nSpaß’\né,é,é',
      'windows-1252',
    ],
    ['a replacement character that stands in the file', bytesOf('a\n\ufffd\n'), 'a\n\ufffd\n', 'utf-8'],
  ])('reads %s, however the bytes are cut', (_case, file, text, encoding) => {
    for (const bytes of pieces) expect(read(file, bytes)).toEqual([text, encoding])
  })

  it('reads any text of any encoding back, however the bytes are cut', () => {
    const texts = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
      .filter((text) => !/\0|^\ufeff/.test(text))
    fc.assert(
      fc.property(texts, fc.boolean(), fc.integer({ min: 1, max: 9 }), (text, isLittleEndian, pieceBytes) => {
        expect(read(utf16(text, isLittleEndian), pieceBytes)[0]).toBe(text)
        expect(read(bytesOf(text), pieceBytes)[0]).toBe(text)
      }),
    )
  })

  it.each([
    ['the last that counts as evidence', EVIDENCE_BYTES - 1, 'windows-1252'],
    ['one past it', EVIDENCE_BYTES, undefined],
  ])('decides by the bytes behind the first beyond ASCII: a fault that is %s', (_case, between, encoding) => {
    // A letter of UTF-8, and then a byte that none begins with.
    const file = bytesOf('é', 'x'.repeat(between - 2), [0xff], 'end')
    for (const bytes of pieces) {
      if (encoding === undefined) expect(() => read(file, bytes)).toThrow('File must be a valid CSV file')
      else expect(read(file, bytes)[1]).toBe(encoding)
    }
  })

  it('reads what it is told to without looking for it again', () => {
    const file = windows1252('Ã©')
    expect(read(file)).toEqual(['é', 'utf-8'])
    expect(read(file, 1, 'windows-1252')).toEqual(['Ã©', 'windows-1252'])
  })

  const NOT_UTF8 = 'it is not UTF-8 text'
  const ZEROS = 'it holds zero bytes, as UTF-16 without its byte order mark does'
  it.each<[string, Uint8Array, number, string]>([
    ['UTF-8 that is damaged', bytesOf('é\r\né\né\ré', [0xff], '\n'), 4, NOT_UTF8],
    ['UTF-8 that ends within a character', bytesOf('é\né', [0xc3]), 2, NOT_UTF8],
    [
      'UTF-8 with its mark and a byte of another encoding',
      bytesOf([0xef, 0xbb, 0xbf], 'a\n', [0xe9], '\n'),
      2,
      NOT_UTF8,
    ],
    ['a character in more bytes than it needs', bytesOf('ééé\n', [0xc0, 0xaf]), 2, NOT_UTF8],
    ['half a character of UTF-16, as UTF-8', bytesOf('éééé\n', [0xed, 0xa0, 0x80]), 2, NOT_UTF8],
    [
      'another encoding',
      bytesOf('a\n', [0x82, 0xa0, 0x81, 0x41]),
      2,
      'it is neither UTF-8 nor Windows-1252 text',
    ],
    ['UTF-16 that ends within a unit', utf16('a\n\nb').subarray(0, -1), 3, 'it is not UTF-16LE text'],
    ['half a character of UTF-16', utf16('a\n\ud800b'), 2, 'it is not UTF-16LE text'],
    ['UTF-16 without its mark', utf16('a\n').subarray(2), 1, ZEROS],
    ['zeros', bytesOf('a\r\nb\n\0'), 3, ZEROS],
    ['zeros in UTF-16', utf16('a\n\0'), 2, ZEROS],
  ])('refuses %s, and says where', (_case, file, line, cause) => {
    for (const bytes of pieces) {
      const failure = {
        code: 'invalid_request',
        message: 'File must be a valid CSV file',
        flaw: { line, cause },
      }
      expect(() => read(file, bytes)).toThrow(expect.objectContaining(failure))
    }
  })
})
