import type { Block } from '../../../../shared/document-page.ts'
import { readHtml } from '../../documents/reading/html-reader.ts'

/** Tags of a page that is laid out as a tree, and elements within each other; a page of more is read as it comes. */
export const MAX_TREE_TAGS = 20_000
export const MAX_TREE_DEPTH = 200

/** Characters below which the main part of a page is none. */
const LEAST_MAIN_CHARACTERS = 200

/** A page as somebody would read it. */
export interface Readable {
  title: string
  text: string
}

const textOf = (block: Block): string => {
  if (block.kind === 'list') return block.items.map((item) => `- ${item}`).join('\n')
  if (block.kind === 'table') return block.rows.map((row) => row.join(' | ')).join('\n')
  return block.kind === 'heading' ? `${'#'.repeat(block.level)} ${block.text}` : block.text
}

/** All words of a page that are shown, in their order. */
async function wholeText(html: string): Promise<string> {
  const bytes = (async function* () {
    yield new TextEncoder().encode(html)
  })()
  const parts: string[] = []
  for await (const { blocks } of readHtml({ name: 'The page', bytes })) parts.push(...blocks.map(textOf))
  return parts.join('\n\n')
}

const VOID =
  /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|td|tr|th|dt|dd|option)$/i

/** Whether a tree of the page is no danger: those who walk it take more than their time for what is very wide or very deep. */
function canBeTree(html: string): boolean {
  let tags = 0
  let depth = 0
  for (const [, close, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)?/gi)) {
    tags += 1
    // Whoever leaves an element open that need not be closed does not nest.
    if (name !== '' && !VOID.test(name)) depth = Math.max(0, depth + (close === '/' ? -1 : 1))
    if (tags > MAX_TREE_TAGS || depth > MAX_TREE_DEPTH) return false
  }
  return true
}

/** The main part of a page by Mozilla's reader, as HTML; undefined where it finds none. */
async function mainPart(html: string): Promise<{ title: string; content: string } | undefined> {
  if (!canBeTree(html)) return undefined
  try {
    // Where no page is read they take no time of the start.
    const [{ parseHTML }, { Readability }] = await Promise.all([
      import('linkedom/worker'),
      import('@mozilla/readability'),
    ])
    // Both tags may be left out of a page, which this parser does not make up for.
    const whole = /<body[\s>]/i.test(html) ? html : `<html><body>${html}</body></html>`
    const { document } = parseHTML(whole)
    const article = new Readability(document).parse()
    if (!article?.content || (article.textContent?.trim().length ?? 0) < LEAST_MAIN_CHARACTERS)
      return undefined
    return { title: article.title ?? '', content: article.content }
  } catch {
    // Elements within elements beyond any measure: what reads them one by one is not harmed.
    return undefined
  }
}

const TITLE = /<title[^>]*>([^<]{0,1000})/i

/** The title and the main part of a page, without what surrounds it; all its text where no part is the main one. */
export async function readable(html: string): Promise<Readable> {
  const main = await mainPart(html)
  const title = (main?.title || TITLE.exec(html)?.[1] || '').replaceAll(/\s+/g, ' ').trim()
  return { title, text: await wholeText(main?.content ?? html) }
}
