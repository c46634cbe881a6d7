import DOMPurify from 'dompurify'
import { marked } from 'marked'

/** Longer texts are shown as they are: parsing them would hold the page up. */
export const MAX_MARKDOWN_LENGTH = 200_000

/** Tags that text of a model may become. No pictures: loading one would tell a stranger that it was read. */
const ALLOWED_TAGS = [
  ...['p', 'br', 'hr', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'a', 'ul', 'ol', 'li'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input'],
]
const ALLOWED_ATTRIBUTES = ['href', 'title', 'start', 'type', 'checked', 'disabled', 'align', 'target', 'rel']

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

marked.use({
  gfm: true,
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

/** Markdown as markup that the page's policy lets in: sanitised, whoever wrote it. An unclosed fence is code to its end. */
export function markupOf(text: string): object | undefined {
  if (text.length > MAX_MARKDOWN_LENGTH) return undefined
  return DOMPurify.sanitize(marked.parse(text, { async: false }), {
    ALLOWED_TAGS,
    ALLOWED_ATTR: ALLOWED_ATTRIBUTES,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_TRUSTED_TYPE: true,
  })
}
