import DOMPurify from 'dompurify'
import { marked } from 'marked'
import { colours, formulas, needColours, needFormulas } from './drawn.ts'
import { mathematics } from './mathematics.ts'

/** Longer blocks are shown as they are: parsing them would hold the page up. */
export const MAX_MARKUP_LENGTH = 20_000

/** Tags that text of a model may become. No pictures: loading one would tell a stranger that it was read. */
const ALLOWED_TAGS = [
  ...['p', 'br', 'hr', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'a', 'ul', 'ol', 'li', 'span'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input'],
  ...['math', 'mrow', 'mi', 'mo', 'mn', 'ms', 'mtext', 'mspace', 'msup', 'msub', 'msubsup', 'mfrac', 'msqrt'],
  ...['mroot', 'munder', 'mover', 'munderover', 'mtable', 'mtr', 'mtd', 'mstyle', 'mpadded', 'mphantom'],
  ...['mmultiscripts', 'mprescripts', 'merror', 'menclose'],
]
const ALLOWED_ATTRIBUTES = [
  ...['href', 'title', 'start', 'type', 'checked', 'disabled', 'align', 'target', 'rel', 'class'],
  ...[
    'display',
    'mathvariant',
    'stretchy',
    'fence',
    'separator',
    'lspace',
    'rspace',
    'accent',
    'accentunder',
  ],
  ...['linethickness', 'columnalign', 'columnspacing', 'rowspacing', 'scriptlevel', 'displaystyle', 'width'],
  ...[
    'height',
    'depth',
    'voffset',
    'largeop',
    'movablelimits',
    'symmetric',
    'minsize',
    'maxsize',
    'mathcolor',
  ],
]

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const drawn = (tex: string, isDisplayed: boolean): string => {
  const draw = formulas.value
  if (draw) return draw(tex, isDisplayed)
  needFormulas()
  return `<code>${escaped(tex)}</code>`
}

marked.use({
  gfm: true,
  extensions: mathematics(drawn),
  renderer: {
    // What is meant as HTML is shown as what it is: text.
    html: ({ text }) => escaped(text),
    // A picture of elsewhere is a link to it.
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text === '' ? href : text)}</a>`,
  },
})

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer nofollow')
})

const sanitised = (markup: string): object =>
  DOMPurify.sanitize(markup, {
    ALLOWED_TAGS,
    ALLOWED_ATTR: ALLOWED_ATTRIBUTES,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_TRUSTED_TYPE: true,
  })

/** Characters that turn the direction of what follows them, and could make a text read as another. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g

/** A text without them. */
export const straight = (text: string): string => text.replaceAll(TURNING, '')

/** Markdown as markup that the page's policy lets in: sanitised, whoever wrote it. */
export function markupOf(text: string): object | undefined {
  return text.length > MAX_MARKUP_LENGTH ? undefined : sanitised(marked.parse(text, { async: false }))
}

/** Code in colours; undefined where it stays plain. */
export function colouredCode(code: string, language: string): object | undefined {
  if (language === '' || code.length > MAX_MARKUP_LENGTH) return undefined
  const colour = colours.value
  if (!colour) {
    needColours()
    return undefined
  }
  const markup = colour(code, language.toLowerCase())
  return markup === undefined ? undefined : sanitised(markup)
}
