import { textDecoding } from '../../text/encoding.ts'
import { claimedFormat, type DocumentFormat } from './formats.ts'
import { flawedText, unreadable } from './refusals.ts'

/** Bytes from the beginning of a file that show what it is. */
export const HEAD_BYTES = 4_096

/** A PDF may have something before its mark (ISO 32000-1, annex H.3.4.1). */
const PDF_SEARCH_BYTES = 1_024

/** Files that people take for documents, by how they begin: named in the refusal. */
const STRANGERS: readonly (readonly [mark: string, what: string])[] = [
  [
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    'is an old or an encrypted Office file: save it as DOCX without a password',
  ],
  ['\x89PNG', 'is a picture'],
  ['\xff\xd8\xff', 'is a picture'],
  ['GIF8', 'is a picture'],
  ['{\\rtf', 'is an RTF file: save it as DOCX'],
  ['\x1f\x8b', 'is a compressed file: unpack it first'],
  ['Rar!', 'is an archive: unpack it first'],
  ['7z\xbc\xaf', 'is an archive: unpack it first'],
  ['MZ', 'is a program'],
  ['\x7fELF', 'is a program'],
]

const ALLOWED = 'PDF, DOCX, TXT, JSON, MD, HTML and CSV can be read'

/** A comment ends at its first end: were it let go on behind that, many of them could be told apart in as many ways as there are. */
const HTML_BEGINNING =
  /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i
const JSON_BEGINNING = /^\s*(?:\{\s*["}]|\[\s*(?:[[{"\]\d-]|true|false|null))/

const NAMES: Readonly<Record<DocumentFormat, string>> = {
  pdf: 'a PDF',
  docx: 'a Word document',
  text: 'a text',
  markdown: 'Markdown',
  html: 'HTML',
  json: 'JSON',
  csv: 'CSV',
}

/** The beginning of a file as text; undefined where it is none. */
function headText(name: string, head: Uint8Array): string | undefined {
  const decoding = textDecoding({ refusal: flawedText(name) })
  try {
    const text = new TextDecoder().decode(decoding.take(head))
    // Without the end: the head may end within a character, and a file of a few bytes is held back until then.
    return head.byteLength < HEAD_BYTES ? text + new TextDecoder().decode(decoding.end()) : text
  } catch {
    return undefined
  }
}

/** The format of a text, by what it holds; its name decides where several fit. Throws where name and text do not agree. */
function textFormat(name: string, text: string): DocumentFormat {
  const claimed = claimedFormat(name)
  if (claimed === 'pdf' || claimed === 'docx') throw unreadable(name, `is not ${NAMES[claimed]}, but text.`)
  if (text.trim() === '') throw unreadable(name, 'holds no text.')
  if (claimed === 'json') {
    if (/^\s*["\d[{tfn-]/.test(text)) return 'json'
    throw unreadable(name, 'is no JSON.')
  }
  if (claimed === 'html') {
    if (/<[a-z!?/]/i.test(text)) return 'html'
    throw unreadable(name, 'is no HTML: there is no tag at its beginning.')
  }
  if (claimed) return claimed
  if (HTML_BEGINNING.test(text)) return 'html'
  return JSON_BEGINNING.test(text) ? 'json' : 'text'
}

/**
 * The format of a file by how it begins, `zip` for what has to be looked into. Throws `invalid_request`, naming the file, for
 * what is none that can be read, and where its name claims another.
 */
export function sniff(name: string, head: Uint8Array): DocumentFormat | 'zip' {
  if (head.byteLength === 0) throw unreadable(name, 'is empty.')
  const beginning = Array.from(head.subarray(0, PDF_SEARCH_BYTES), (byte) => String.fromCharCode(byte)).join(
    '',
  )
  if (beginning.includes('%PDF-')) return agreed(name, 'pdf')
  if (beginning.startsWith('PK\x03\x04') || beginning.startsWith('PK\x05\x06')) return 'zip'
  const stranger = STRANGERS.find(([mark]) => beginning.startsWith(mark))
  if (stranger && !(stranger[0] === 'MZ' && headText(name, head) !== undefined))
    throw unreadable(name, `${stranger[1]}. ${ALLOWED}.`)
  const text = headText(name, head)
  if (text === undefined) throw unreadable(name, `is no document of a known format. ${ALLOWED}.`)
  return textFormat(name, text)
}

/** A format that was found in a file whose name may claim another. */
export function agreed(name: string, found: 'pdf' | 'docx'): DocumentFormat {
  const claimed = claimedFormat(name)
  if (claimed !== undefined && claimed !== found)
    throw unreadable(name, `is not ${NAMES[claimed]}, but ${NAMES[found]}.`)
  return found
}
