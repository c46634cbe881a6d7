import { AppError } from '../../../shared/errors.ts'
import type { FinishReason, Message, Usage } from '../../../shared/generation.ts'
import { type AnswerOptions, type AnswerPieces, generateAnswer } from '../conversations/answering.ts'
import type { ChatPrompt } from '../conversations/chat-prompt.ts'
import type { Caller, Inference } from '../inference/inference.ts'
import { type Dataset, type Datasets, type QueryAnswer, requireQueryable } from './datasets.ts'
import { DatasetQuery, queryMistake, querySchema } from './query.ts'
import { chartOf, wordsOf } from './result.ts'
import { describeTable } from './table-description.ts'

/** Tokens of one query; the grammar allows longer ones, which no question needs. */
export const MAX_QUERY_TOKENS = 512

/** Queries that a model may write for one question: the second one knows what was wrong with the first. */
export const MAX_QUERIES = 2

/** How long the rows may take to be read and queried, in ms. The reading goes on; a later question finds it done. */
export const QUERY_LIMIT_MS = 30_000

/** Earlier turns that a model is shown, so that "and in May?" has a meaning. */
const MAX_EARLIER_TURNS = 6

/** The query in a model's text, or its mistake in words for the model. */
export function parseQuery(
  text: string,
  { columns }: Pick<Dataset, 'columns'>,
): { query: DatasetQuery } | { mistake: string } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { mistake: 'it is not complete JSON' }
  }
  const parsed = DatasetQuery.safeParse(json)
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.')
    return { mistake: path ? `"${path}" is not as it must be` : 'it is not a query' }
  }
  const mistake = queryMistake(parsed.data, columns)
  return mistake === undefined ? { query: parsed.data } : { mistake }
}

const added = (a: Usage | null, b: Usage | null): Usage | null =>
  a && b
    ? {
        promptTokens: a.promptTokens + b.promptTokens,
        cachedPromptTokens: a.cachedPromptTokens + b.cachedPromptTokens,
        completionTokens: a.completionTokens + b.completionTokens,
      }
    : (a ?? b)

/** The result of the work, unless the signal is aborted first: then its reason is thrown, and the work goes on unheard. */
function heeding<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    if (signal.aborted) reject(signal.reason)
  })
  return Promise.race([work, stopped])
}

export interface AnalyticsOptions {
  inference: Inference
  datasets: Pick<Datasets, 'find' | 'query'>
  queryLimitMs?: number
}

export interface AnalyticsQuestion {
  accountId: string
  datasetId: string
  prompt: ChatPrompt
  options: AnswerOptions
  caller: Caller
}

interface Attempt {
  text: string
  finishReason: FinishReason
  usage: Usage | null
}

/** One query as the model writes it; nothing of it is shown. */
async function* writeQuery(
  inference: Inference,
  given: { prompt: ChatPrompt; options: AnswerOptions; caller: Caller },
  signal: AbortSignal,
): AsyncGenerator<string, Attempt, void> {
  const pieces = generateAnswer(inference, given, signal)
  let text = ''
  try {
    while (true) {
      const { done, value } = await pieces.next()
      if (done) return { text, finishReason: value.finishReason, usage: value.usage }
      text += value
      yield ''
    }
  } finally {
    await pieces.return({ finishReason: 'cancelled', usage: null, charts: null })
  }
}

async function run(
  { datasets, queryLimitMs = QUERY_LIMIT_MS }: AnalyticsOptions,
  { dataset, query }: { dataset: Dataset; query: DatasetQuery },
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), queryLimitMs)
  try {
    return await heeding(datasets.query(dataset, query), AbortSignal.any([signal, limit.signal]))
  } catch (thrown) {
    if (!limit.signal.aborted || signal.aborted) throw thrown
    return { mistake: `it took longer than ${queryLimitMs / 1000} seconds` }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Answers a question from a dataset's rows: the model writes a query, held to its grammar; it is checked, run, and its real
 * result is the answer, as words and as `charts`. A query that fails is written once more; when that fails too, the answer
 * says so. Throws `not_found` when the account has no such dataset, `unprocessable` when it is too large, and what the pool
 * says.
 */
export async function* answerFromDataset(
  services: AnalyticsOptions,
  question: AnalyticsQuestion,
  signal: AbortSignal,
): AnswerPieces {
  const dataset = await services.datasets.find(question.accountId, question.datasetId)
  if (!dataset) throw new AppError('not_found', 'Dataset not found')
  requireQueryable(dataset)
  const { prompt, caller } = question
  const options: AnswerOptions = {
    ...question.options,
    maxTokens: MAX_QUERY_TOKENS,
    format: { schema: querySchema(dataset.columns) },
  }
  const system: Message[] = [{ role: 'system', content: describeTable(dataset) }]
  const history = prompt.history.slice(-MAX_EARLIER_TURNS)
  let asked = prompt.asked
  let usage: Usage | null = null
  let mistake = ''
  for (let attempt = 0; attempt < MAX_QUERIES; attempt += 1) {
    const shown = { system, history, asked }
    const written: Attempt = yield* writeQuery(services.inference, { prompt: shown, options, caller }, signal)
    usage = added(usage, written.usage)
    if (written.finishReason === 'cancelled') return { finishReason: 'cancelled', usage, charts: null }
    const parsed = parseQuery(written.text, dataset)
    const result: QueryAnswer =
      'mistake' in parsed ? parsed : await run(services, { dataset, query: parsed.query }, signal)
    if (!('mistake' in result) && 'query' in parsed) {
      yield wordsOf(parsed.query, result, dataset.columns)
      return { finishReason: 'stop', usage, charts: chartOf(parsed.query, result, dataset.columns) }
    }
    if ('mistake' in result) mistake = result.mistake
    asked = [
      ...prompt.asked,
      { role: 'assistant', content: written.text },
      {
        role: 'user',
        content: `This query cannot be run: ${mistake}. Write another one for the same question.`,
      },
    ]
  }
  yield `The question could not be answered from the dataset: the query that was made of it cannot be run, because ${mistake}.`
  return { finishReason: 'stop', usage, charts: null }
}
