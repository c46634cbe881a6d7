import { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import { type Dataset, type Datasets, type ListedDataset, requireQueryable } from '../../datasets/datasets.ts'
import { DatasetQuery, MAX_QUERY_ROWS, queryMistake } from '../../datasets/query.ts'
import { chartOf, wordsOf } from '../../datasets/result.ts'
import type { Tool, ToolContext } from '../tool.ts'
import { byCommonWords } from './common-words.ts'
import { MAX_NAME_CHARACTERS } from './search-documents.ts'
import { summarise, summaryInWords } from './table-summary.ts'

/** Datasets of which one is chosen, the newest. */
export const MAX_CHOSEN_FROM = 100

/** How long the rows may take to be read and queried. The reading goes on; a later call finds it done. */
export const DATA_LIMIT_MS = 30_000

const USUAL_ROWS = 50

const { where, group_by, select, order_by } = DatasetQuery.shape
const Query = z.strictObject({
  where: where.default([]),
  group_by: group_by.default([]),
  select,
  order_by: order_by.default([]),
  limit: z.int().min(1).max(MAX_QUERY_ROWS).default(USUAL_ROWS),
})

const Arguments = z.strictObject({
  dataset: z.string().min(1).max(MAX_NAME_CHARACTERS).describe('The name of its file.').optional(),
  query: Query.describe(
    'What is asked of its rows. Without one, a summary of its columns is the answer.',
  ).optional(),
})

const withoutEnd = (name: string) => name.replace(/\.[a-z0-9]{1,6}$/i, '').toLowerCase()

/** The tables that the user has uploaded: summaries of their columns, and questions to their rows. */
export function createAnalyzeData(
  datasets: Pick<Datasets, 'find' | 'list' | 'count' | 'query'>,
): Tool<z.infer<typeof Arguments>> {
  /** The one that is called so; without a name the one of which the user speaks, or the newest. */
  async function chosen(wanted: string | undefined, { accountId, userWords }: ToolContext): Promise<Dataset> {
    const known: ListedDataset[] = await datasets.list(accountId, { limit: MAX_CHOSEN_FROM, offset: 0 })
    const named =
      wanted === undefined
        ? undefined
        : (known.find(({ id }) => id === wanted) ??
          known.find(({ fileName }) => withoutEnd(fileName) === withoutEnd(wanted)))
    const words = wanted ?? userWords
    const [nearest] = named
      ? [named]
      : await byCommonWords(words, known, ({ fileName }) => withoutEnd(fileName))
    const one = nearest ?? (wanted === undefined ? known[0] : undefined)
    const dataset = one && (await datasets.find(accountId, one.id))
    if (dataset) return dataset
    const which =
      wanted === undefined ? 'There is no dataset.' : `There is no dataset ${JSON.stringify(wanted)}.`
    throw new AppError('not_found', which, { param: 'dataset' })
  }

  async function queried(dataset: Dataset, asked: z.infer<typeof Query>) {
    const query: DatasetQuery = { ...asked, chart: 'table' }
    const mistake = queryMistake(query, dataset.columns)
    const answer = mistake === undefined ? await datasets.query(dataset, query) : { mistake }
    if ('mistake' in answer) {
      const names = dataset.columns.map(({ name }) => JSON.stringify(name)).join(', ')
      const words = `The query cannot be run: ${answer.mistake}. The columns are ${names}.`
      throw new AppError('invalid_request', words, { param: 'query' })
    }
    return {
      text: `${dataset.fileName}: ${wordsOf(query, answer, dataset.columns)}`,
      data: { dataset: dataset.fileName, result: chartOf(query, answer, dataset.columns) },
    }
  }

  return {
    name: 'analyze_data',
    description: 'Summarises the columns of a table that the user has uploaded, or queries its rows.',
    arguments: Arguments,
    effect: 'reads',
    brings: 'untrusted text',
    limitMs: DATA_LIMIT_MS,
    async offered({ accountId, mayReadFiles }) {
      if (!mayReadFiles) return 'This key may not read datasets.'
      return (await datasets.count(accountId)) === 0 ? 'No datasets have been uploaded.' : undefined
    },
    async run({ dataset: wanted, query }, context) {
      const dataset = await chosen(wanted, context)
      requireQueryable(dataset)
      if (query) return queried(dataset, query)
      const columns = await summarise(datasets, dataset)
      return { text: summaryInWords(dataset, columns), data: { dataset: dataset.fileName, columns } }
    },
  }
}
