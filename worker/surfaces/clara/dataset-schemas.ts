import { z } from '@hono/zod-openapi'
import { fromDatedId, toDatedId } from '../../../shared/dated-ids.ts'
import { visibleName, visibleText } from '../../http/input/visible-name.ts'
import { MAX_QUERY_CHARACTERS } from '../../services/search-datasets/query/parse-query.ts'
import type { SearchDataset } from '../../services/search-datasets/search-datasets.ts'

/** Clara, "Dataset": statuses and export formats. */
export const DATASET_STATUSES = ['pending', 'processing', 'completed', 'failed'] as const
export const EXPORT_FORMATS = ['jsonl', 'parquet', 'csv', 'json'] as const

export const MAX_DATASET_NAME_LENGTH = 100
export const MAX_DATASET_DESCRIPTION_LENGTH = 500

export const toDatasetId = (id: string): string => toDatedId('ds', id)
export const fromDatasetId = (text: string): string | undefined => fromDatedId('ds', text)

const Formats = z
  .array(z.enum(EXPORT_FORMATS))
  .min(1)
  .max(EXPORT_FORMATS.length)
  .refine((formats) => new Set(formats).size === formats.length, { error: 'expected each format once' })

export const CreateDataset = z
  .object({
    name: visibleName(MAX_DATASET_NAME_LENGTH).openapi({ example: 'Legal Training Dataset' }),
    description: visibleText().max(MAX_DATASET_DESCRIPTION_LENGTH).nullish(),
    // A query that is too long is told where it is: that is the route's own mistake, and no 422.
    search_query: z.string().openapi({
      description: `Words, "phrases", \`prefix*\`, \`title:\`, \`filename:\`, AND, OR, NOT in capitals, parentheses; at most ${MAX_QUERY_CHARACTERS} characters. Words behind each other all have to be there; AND binds before OR; they hold over a whole document.`,
      example: 'compliance AND regulation',
    }),
    export_formats: Formats.default(['jsonl']),
  })
  .openapi('CreateDataset')

export const ExportDataset = z.object({ formats: Formats }).openapi('ExportDataset')

const Time = z.iso.datetime()
const Status = z.enum(DATASET_STATUSES)

export const CreatedDataset = z
  .object({
    success: z.literal(true),
    dataset_id: z.string(),
    name: z.string(),
    status: Status,
    created_at: Time,
    created_by: z.string(),
    message: z.string(),
  })
  .openapi('CreatedDataset')

const ExportPaths = z
  .object({
    jsonl: z.string().optional(),
    parquet: z.string().optional(),
    csv: z.string().optional(),
    json: z.string().optional(),
  })
  .openapi({
    description: 'In the workspace of whoever created it: `/data/x` is `GET /v1/workspace/data/x`.',
  })

export const Dataset = z
  .object({
    success: z.literal(true),
    dataset_id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    status: Status,
    created_at: Time,
    created_by: z.string(),
    query_text: z.string(),
    document_count: z.int(),
    total_tokens: z.int().openapi({ description: 'By the tokenizer of the default model.' }),
    quality_score_avg: z.number().nullable().openapi({
      description:
        'The mean share of the Gopher and C4 rules that a document passes; null without documents.',
    }),
    export_paths: ExportPaths,
    metadata: z.object({
      processing_time_seconds: z.number().nullable(),
      avg_document_length: z.number().nullable().openapi({ description: 'In characters.' }),
      row_count: z.int(),
      exporting: z
        .array(z.enum(EXPORT_FORMATS))
        .openapi({ description: 'Formats that are still to be written.' }),
      waits_for: z.string().nullable(),
      note: z.string().nullable(),
    }),
    error_message: z.string().nullable(),
  })
  .openapi('Dataset')

const ListedDataset = z
  .object({
    dataset_id: z.string(),
    name: z.string(),
    status: Status,
    document_count: z.int(),
    created_at: Time,
    created_by: z.string(),
  })
  .openapi('ListedDataset')

export const DatasetList = z
  .object({ success: z.literal(true), total: z.int(), datasets: z.array(ListedDataset) })
  .openapi('DatasetList')

export const DeletedDataset = z
  .object({ success: z.literal(true), dataset_id: z.string(), message: z.string() })
  .openapi('DeletedDataset')

export const ExportStarted = z
  .object({
    success: z.literal(true),
    dataset_id: z.string(),
    message: z.string(),
    formats: z.array(z.enum(EXPORT_FORMATS)),
  })
  .openapi('ExportStarted')

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

const secondsBetween = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : rounded((to - from) / 1_000, 1)

/** A dataset as this contract shows it. */
export function showDataset(dataset: SearchDataset): z.input<typeof Dataset> {
  const { documentCount: count, status } = dataset
  const mean = (sum: number, digits: number) => (count === 0 ? null : rounded(sum / count, digits))
  return {
    success: true,
    dataset_id: toDatasetId(dataset.id),
    name: dataset.name,
    description: dataset.description,
    status,
    created_at: new Date(dataset.createdAt).toISOString(),
    created_by: dataset.createdBy,
    query_text: dataset.query,
    document_count: count,
    total_tokens: dataset.totalTokens,
    quality_score_avg: mean(dataset.qualitySum, 4),
    export_paths: Object.fromEntries(dataset.exports.map(({ format, path }) => [format, path])),
    metadata: {
      processing_time_seconds: secondsBetween(dataset.createdAt, dataset.completedAt),
      avg_document_length: mean(dataset.characters, 0),
      row_count: dataset.rowCount,
      exporting: dataset.exporting,
      waits_for: dataset.waitingFor,
      note: status === 'completed' && count === 0 ? 'No document of yours matches the query.' : null,
    },
    error_message: dataset.error,
  }
}

export const showListedDataset = (dataset: SearchDataset): z.input<typeof ListedDataset> => ({
  dataset_id: toDatasetId(dataset.id),
  name: dataset.name,
  status: dataset.status,
  document_count: dataset.documentCount,
  created_at: new Date(dataset.createdAt).toISOString(),
  created_by: dataset.createdBy,
})
