import { z } from 'zod'
import { byCommonWords } from '../../agent-tools/own/common-words.ts'
import { ColumnFigures, columnInWords } from '../../agent-tools/own/table-summary.ts'
import type { SeenStep } from '../hands.ts'

/** Results, and sentences of documents and of pages, that an answer quotes where nobody says how many. */
const USUAL_RESULTS = 5
const QUOTED_SENTENCES = 3

/** Characters of one quote. */
const MAX_QUOTE_CHARACTERS = 400

/** Characters of one result in an answer, where it is given as it is. */
export const MAX_TOLD_CHARACTERS = 4_000

const WebData = z.object({
  results: z.array(z.object({ title: z.string(), url: z.string(), snippet: z.string() })),
})
const DocumentData = z.object({
  passages: z.array(z.object({ name: z.string(), page: z.int().nullable(), text: z.string() })),
})
const TableData = z.object({ dataset: z.string(), columns: z.array(ColumnFigures) })
const PageData = z.object({ url: z.string(), title: z.string() })

const SENTENCE = /[^.!?。！？\n]+(?:[.!?。！？]+(?=\s|$)|$|\n|[.!?。！？])/gu

/** Quotes nest by other marks, and take up one line. */
function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const cut =
    line.length > MAX_QUOTE_CHARACTERS ? `${line.slice(0, MAX_QUOTE_CHARACTERS).toWellFormed()}…` : line
  return `“${cut.replaceAll(/[“”"]/g, "'")}”`
}

const ofArgument = (step: SeenStep, name: string): string => {
  const args = z.record(z.string(), z.unknown()).safeParse(step.arguments)
  const value = args.success ? args.data[name] : undefined
  return typeof value === 'string' ? value : ''
}

function webInWords(step: SeenStep, count: number | undefined): string {
  const { results } = WebData.parse(step.data)
  const query = ofArgument(step, 'query')
  if (results.length === 0) return `The web search found nothing for ${quoted(query)}.`
  const lines = results.slice(0, count ?? USUAL_RESULTS).map(({ title, url, snippet }, index) => {
    const words = snippet === '' ? '' : `: ${quoted(snippet)}`
    return `${index + 1}. ${title.replaceAll(/\s+/g, ' ')}${words} (${url})`
  })
  return [`The web search for ${quoted(query)} found:`, ...lines].join('\n')
}

/** The sentences that have most words of a question, in their order; the first where no word stands in one. */
async function bestSentences(question: string, text: string, count: number): Promise<string[]> {
  const sentences = (text.match(SENTENCE) ?? [])
    .map((sentence) => sentence.trim())
    .filter((one) => one !== '')
  const places = sentences.map((_, at) => at)
  const best = (await byCommonWords(question, places, (at) => sentences[at] ?? '')).slice(0, count)
  const chosen = best.length > 0 ? best.toSorted((a, b) => a - b) : places.slice(0, 1)
  return chosen.flatMap((at) => sentences[at] ?? [])
}

async function documentsInWords(step: SeenStep, count = QUOTED_SENTENCES): Promise<string> {
  const { passages } = DocumentData.parse(step.data)
  const [first] = passages
  if (!first) return step.shown
  // Of the document that fits best: what others say beside it belongs to another matter.
  const own = passages.filter(({ name }) => name === first.name)
  const query = ofArgument(step, 'query')
  const found: string[] = []
  for (const { page, text } of own) {
    const sentences = await bestSentences(query, text, count)
    const place = page === null ? '' : ` (page ${page})`
    for (const sentence of sentences) {
      const line = `${quoted(sentence)}${place}`
      if (!found.includes(line)) found.push(line)
    }
    if (found.length >= count) break
  }
  return `${first.name} says: ${found.slice(0, count).join(' ')}`
}

async function pageInWords(step: SeenStep, question: string): Promise<string> {
  const { url, title } = PageData.parse(step.data)
  const text = step.shown.slice(step.shown.indexOf(url) + url.length)
  const sentences = await bestSentences(question, text, QUOTED_SENTENCES)
  const name = title === '' ? url : `${title} (${url})`
  return `${name} says: ${quoted(sentences.join(' '))}`
}

function tableInWords(step: SeenStep): string {
  const { dataset, columns } = TableData.parse(step.data)
  return [`${dataset} holds:`, ...columns.map(columnInWords)].join('\n')
}

const asItIs = (text: string): string =>
  text.length > MAX_TOLD_CHARACTERS ? `${text.slice(0, MAX_TOLD_CHARACTERS).toWellFormed()}…` : text.trim()

async function told(step: SeenStep, question: string, count: number | undefined): Promise<string> {
  switch (step.tool) {
    case 'web_search':
      return webInWords(step, count)
    case 'search_documents':
      return documentsInWords(step, count)
    case 'fetch_url':
      return pageInWords(step, question)
    case 'analyze_data':
      return tableInWords(step)
    case 'current_time':
      return `It is ${step.shown}.`
    default:
      return asItIs(step.shown)
  }
}

/** The result of a step as an answer quotes it: words of the result alone, and where they stand. What went wrong is said as it was told. */
export async function inWords(step: SeenStep, question: string, count: number | undefined): Promise<string> {
  if (!step.ok) return step.shown
  try {
    return await told(step, question, count)
  } catch (thrown) {
    // A result without the values that it was to have is told as it is.
    if (thrown instanceof z.ZodError) return asItIs(step.shown)
    throw thrown
  }
}
