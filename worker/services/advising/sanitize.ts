import xss, { type IFilterXSSOptions } from 'xss'

/** The beginning of what a browser takes for a tag, a comment or a declaration; `a < b` is none. */
const MARKUP = /^<[a-z/!?]/i

const OPTIONS: IFilterXSSOptions = {
  whiteList: {},
  css: false,
  stripBlankChar: true,
  // Of these the content goes too: it was never meant to be read.
  stripIgnoreTagBody: ['script', 'style'],
  // Undefined leaves it to the library, which escapes.
  onIgnoreTag: (_tag, html) => (MARKUP.test(html) ? '' : undefined),
}

/** Free text without markup and control characters, safe to be put into a page; a lone `<` becomes `&lt;`. */
export const sanitizeText = (text: string): string => xss(text, OPTIONS).trim()
