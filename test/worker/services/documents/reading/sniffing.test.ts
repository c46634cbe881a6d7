import '../../../workerd.ts'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { HEAD_BYTES, sniff } from '../../../../../worker/services/documents/reading/sniffing.ts'
import {
  archiveFormat,
  MAX_DIRECTORY_BYTES,
  MAX_UNPACK_RATIO,
  MAX_UNPACKED_BYTES,
} from '../../../../../worker/services/documents/reading/zip-directory.ts'
import { utf16 } from '../../../csv-file.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const head = (content: string | Uint8Array) =>
  (typeof content === 'string' ? encode(content) : content).slice(0, HEAD_BYTES)

describe('sniff', () => {
  it.each([
    ['a.pdf', '%PDF-1.7\n', 'pdf'],
    ['a', '\n\n%PDF-1.4', 'pdf'],
    ['a.docx', 'PK\x03\x04rest', 'zip'],
    ['a.txt', 'Hello', 'text'],
    ['notes', 'Hello', 'text'],
    ['a.log', 'MZ is how it begins', 'text'],
    ['a.md', '# Hello', 'markdown'],
    ['a.MD', 'Hello', 'markdown'],
    ['a.csv', 'a,b', 'csv'],
    ['a.tsv', 'a\tb', 'csv'],
    ['a.json', ' {"a": 1}', 'json'],
    ['a.jsonl', '{"a": 1}\n', 'json'],
    ['a', '[{"a": 1}]', 'json'],
    ['a', '[link] is no JSON', 'text'],
    ['a.html', '<p>x', 'html'],
    ['a', '<!DOCTYPE html><p>', 'html'],
    ['a', '<!-- x --><html>', 'html'],
    // A pattern that tells comments apart in more ways than one never ends with these.
    ['a', '<!---->'.repeat(500), 'text'],
    ['a', `${'<!---->'.repeat(500)}<html>`, 'html'],
    ['a.txt', '<html> is shown as it is', 'text'],
  ])('%s with %j is %s', (name, content, format) => {
    expect(sniff(name, head(content))).toBe(format)
  })

  it('knows text that ends within a character, and UTF-16', () => {
    expect(sniff('a.txt', head('é'.repeat(HEAD_BYTES)))).toBe('text')
    expect(sniff('a.txt', head(`x${'é'.repeat(HEAD_BYTES)}`))).toBe('text')
    expect(sniff('a.txt', head(utf16('Grüße')))).toBe('text')
  })

  it.each([
    ['a.txt', '', 'is empty'],
    ['a.txt', ' \n ', 'holds no text'],
    ['a.pdf', 'Hello', 'is not a PDF, but text'],
    ['a.docx', 'Hello', 'is not a Word document, but text'],
    ['a.txt', '%PDF-1.7', 'is not a text, but a PDF'],
    ['a.json', 'Hello', 'is no JSON'],
    ['a.html', 'Hello', 'is no HTML'],
  ])('refuses %s with %j: it %s', (name, content, flaw) => {
    expect(() => sniff(name, head(content))).toThrow(`'${name}' ${flaw}`)
  })

  it.each([
    ['a.png', [0x89, 0x50, 0x4e, 0x47, 13, 10], 'is a picture'],
    ['a.doc', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0], 'is an old or an encrypted Office file'],
    ['a.exe', [0x4d, 0x5a, 0x90, 0, 3], 'is a program'],
    ['a.bin', [1, 2, 0, 3], 'is no document of a known format'],
  ])('refuses %s and says what it %s', (name, bytes, flaw) => {
    expect(() => sniff(name, Uint8Array.from(bytes))).toThrow(flaw)
  })
})

const look = (bytes: Uint8Array, name = 'a.docx') =>
  archiveFormat(name, bytes.byteLength, async (offset, length) => bytes.slice(offset, offset + length))

const word = (more: Record<string, Uint8Array> = {}) =>
  zipSync(
    { '[Content_Types].xml': encode('<x/>'), 'word/document.xml': encode('<w/>'), ...more },
    { level: 0 },
  )

/** An archive whose directory tells another unpacked size of its last file. */
function saying(bytes: Uint8Array, unpackedBytes: number, flags = 0): Uint8Array {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  for (let at = copy.length - 4; at >= 0; at -= 1) {
    if (view.getUint32(at, true) !== 0x02014b50) continue
    view.setUint32(at + 24, unpackedBytes, true)
    view.setUint16(at + 8, flags, true)
    break
  }
  return copy
}

describe('archiveFormat', () => {
  it('knows a Word document by what is in it', async () => {
    expect(await look(word())).toBe('docx')
    expect(await look(word(), 'without-an-end')).toBe('docx')
  })

  it.each([
    ['xl/workbook.xml', 'is an Excel workbook'],
    ['ppt/presentation.xml', 'is a PowerPoint presentation'],
    ['META-INF/manifest.xml', 'is an OpenDocument file'],
    ['a.txt', 'is an archive and no Word document'],
  ])('refuses one with %s: it %s', async (entry, flaw) => {
    await expect(look(zipSync({ [entry]: encode('x') }))).rejects.toThrow(`'a.docx' ${flaw}`)
  })

  it('refuses what claims to be something else', async () => {
    await expect(look(word(), 'a.pdf')).rejects.toThrow('is not a PDF, but a Word document')
  })

  it('refuses what is encrypted, cut off, or no archive at all', async () => {
    await expect(look(saying(word(), 4, 1))).rejects.toThrow('is encrypted')
    const whole = word()
    for (let end = 4; end < whole.length; end += 7)
      await expect(look(whole.slice(0, end))).rejects.toThrow('damaged or truncated')
  })

  it('refuses more than it may unpack to, in bytes and in times of itself', async () => {
    const filler = { 'word/media/x': new Uint8Array(2_200_000).map((_, index) => (index * 7919) % 251) }
    const large = word(filler)
    const others = large.byteLength - 2_200_000
    await expect(look(saying(large, MAX_UNPACKED_BYTES - others))).resolves.toBe('docx')
    await expect(look(saying(large, MAX_UNPACKED_BYTES + 1))).rejects.toThrow('unpacks to more than 200 MB')
    const small = word()
    await expect(look(saying(small, small.byteLength * MAX_UNPACK_RATIO - 8))).resolves.toBe('docx')
    await expect(look(saying(small, small.byteLength * MAX_UNPACK_RATIO + 1))).rejects.toThrow('100 times')
  })

  it('reads a directory up to its limit', async () => {
    const names = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`x/${index}`.padEnd(1_000, 'y'), encode('')]),
      )
    const most = Math.floor(MAX_DIRECTORY_BYTES / 1_046) - 2
    await expect(look(word(names(most)))).resolves.toBe('docx')
    await expect(look(word(names(most + 20)))).rejects.toThrow('damaged')
  })
})
