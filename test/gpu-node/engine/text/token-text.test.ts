import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenText } from '../../../../gpu-node/engine/text/token-text.ts'

/** A vocabulary in which a token is a piece of bytes: its number is its place in the list. */
function piecesOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...places, bytes.length]
    .map((end, index) => bytes.slice(places[index - 1] ?? 0, end))
    .filter((piece) => piece.length > 0)
}

function read(pieces: readonly Uint8Array[]): string[] {
  const textOf = (tokens: readonly number[]) =>
    Buffer.concat(tokens.map((token) => pieces[token] ?? new Uint8Array())).toString('utf8')
  const tokenText = new TokenText(textOf)
  return [...pieces.map((_, token) => tokenText.take(token)), tokenText.flush()]
}

const cuts = fc.array(fc.nat(), { maxLength: 60 })

describe('TokenText', () => {
  it('joins to the text of all tokens, however they cut its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), cuts, (text, places) => {
        expect(read(piecesOf(Buffer.from(text), places)).join('')).toBe(text)
      }),
    )
  })

  it('never gives out half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), cuts, (text, places) => {
        fc.pre(!text.includes('\ufffd'))
        expect(read(piecesOf(Buffer.from(text), places)).join('|')).not.toContain('\ufffd')
      }),
    )
  })

  it('lets bytes go that never become a character', () => {
    const pieces = Array.from({ length: 40 }, () => Uint8Array.of(0xf0))
    expect(read(pieces).join('')).toMatch(/^\ufffd+$/u)
  })

  it('gives what is held at the end', () => {
    expect(read([Uint8Array.of(0x41), Uint8Array.of(0xf0, 0x9f)])).toEqual(['A', '', '\ufffd'])
  })

  it('has nothing to give before the first token', () => {
    expect(new TokenText(() => '').flush()).toBe('')
  })
})
