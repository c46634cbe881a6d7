/** A piece of text of one font on one line of a page, in points, from the lower left corner. */
export interface Span {
  text: string
  x: number
  /** The baseline. */
  y: number
  width: number
  /** The height of the font. */
  size: number
  font: string
}

/** An item of pdf.js's text content, as far as it is used. */
export interface TextItem {
  str: string
  width: number
  transform: readonly number[]
  fontName: string
}

/** Text that stands on its side, such as a stamp in the margin, is no part of the lines. */
const isLevel = ([a = 0, b = 0]: readonly number[]): boolean => Math.abs(b) <= Math.abs(a) && a > 0

/** A character that stands for nothing readable: a control, one of private use, a hole in Unicode, or a replacement. */
const UNREADABLE = /[\p{Cc}\p{Co}\p{Cn}\uFFFD]/gu

/** Dots that lead the eye to a page number. */
const LEADERS = /(?:\s*[.·…]){5,}\s*/g

export const unreadableIn = (text: string): number => text.match(UNREADABLE)?.length ?? 0

/** Signs of TeX's fonts whose codes are controls elsewhere, where a PDF says no more of them: of its newer and its older encoding. */
const SIGNS_OF_TEX: ReadonlyMap<string, string> = new Map([
  ...['“', '”', '„', '«', '»', '–', '—'].map(
    (sign, index) => [String.fromCharCode(0x10 + index), sign] as const,
  ),
  ...['ff', 'fi', 'fl', 'ffi', 'ffl'].flatMap(
    (sign, index) =>
      [
        [String.fromCharCode(0x1b + index), sign],
        [String.fromCharCode(0x0b + index), sign],
      ] as const,
  ),
])
const BESIDE_LETTERS = /(?<=\p{L})\p{Cc}|\p{Cc}(?=\p{L})/gu

const clean = (text: string): string =>
  text
    .replace(LEADERS, ' ')
    .replace(BESIDE_LETTERS, (sign) => SIGNS_OF_TEX.get(sign) ?? sign)
    .replace(UNREADABLE, '')

/** The spans of a page; those without ink are left out, for the space between two spans says the same. */
export function spansOf(items: readonly TextItem[]): Span[] {
  return items.flatMap(({ str, width, transform, fontName }) => {
    const [, , c = 0, d = 0, x = 0, y = 0] = transform
    const size = Math.hypot(c, d)
    const text = clean(str)
    if (text.trim() === '' || !isLevel(transform) || !Number.isFinite(x + y + size + width) || size <= 0)
      return []
    return [{ text, x, y, width: Math.max(width, 0), size, font: fontName }]
  })
}

export const endOf = ({ x, width }: Pick<Span, 'x' | 'width'>): number => x + width

/** The size of most of the text. */
export function bodySizeOf(spans: Iterable<Span>): number {
  const characters = new Map<number, number>()
  for (const { size, text } of spans) {
    const rounded = Math.round(size * 2) / 2
    characters.set(rounded, (characters.get(rounded) ?? 0) + text.length)
  }
  let body = 10
  let most = 0
  for (const [size, count] of characters) if (count > most) [body, most] = [size, count]
  return body
}
