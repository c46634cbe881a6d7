import { textDecoding } from '../../text/encoding.ts'
import { cutAt } from './pieces.ts'
import { flawedText } from './refusals.ts'

/** Longest line that is taken as one, in characters: longer ones are handed out in parts. */
export const MAX_LINE_CHARACTERS = 64 * 1024

/** A document's bytes as they come, and its name for the refusals. */
export interface Source {
  name: string
  bytes: AsyncIterable<Uint8Array>
}

/** The text of a file in any of the encodings, in parts as its bytes come. Throws `invalid_request` for what is no text. */
export async function* textParts({ name, bytes }: Source): AsyncGenerator<string, void, void> {
  const decoding = textDecoding({ refusal: flawedText(name) })
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const chunk of bytes) {
    const text = decoder.decode(decoding.take(chunk), { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder.decode(decoding.end())
  if (rest !== '') yield rest
}

/** The lines of a file, some at a time, without their ends. */
export async function* textLines(source: Source): AsyncGenerator<string[], void, void> {
  let rest = ''
  for await (const part of textParts(source)) {
    const lines = (rest + part).split(/\r\n|\n|\r(?!\n|$)/)
    rest = lines.pop() ?? ''
    while (rest.length > MAX_LINE_CHARACTERS) {
      const end = cutAt(rest, MAX_LINE_CHARACTERS)
      lines.push(rest.slice(0, end))
      rest = rest.slice(end)
    }
    yield lines
  }
  yield rest.split('\r')
}
