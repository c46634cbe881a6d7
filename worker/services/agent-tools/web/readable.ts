import type { Block } from '../../../../shared/document-page.ts'
import { readHtml } from '../../documents/reading/html-reader.ts'

/** Elements of a page that is laid out as a tree; a page of more is read as it comes. */
export const MAX_TREE_ELEMENTS = 20_000

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

const elementsOf = (html: string): number => html.match(/<[a-z]/gi)?.length ?? 0

/** The main part of a page by Mozilla's reader, as HTML; undefined where it finds none. */
async function mainPart(html: string): Promise<{ title: string; content: string } | undefined> {
  if (elementsOf(html) > MAX_TREE_ELEMENTS) return undefined
  try {
    // Where no page is read they take no time of the start.
    const [{ parseHTML }, { Readability }] = await Promise.all([
      import('linkedom/worker'),
      import('@mozilla/readability'),
    ])
    const { document } = parseHTML(html)
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
