import { z } from '@hono/zod-openapi'
import { visibleName } from '../../http/input/visible-name.ts'
import { MAX_WORD_LENGTH, name, ObjectId, Time } from './schemas.ts'

export const MAX_CONTENT_LENGTH = 100_000
export const MAX_ROLE_LENGTH = 32
/** Characters of `charts` as JSON. */
export const MAX_CHARTS_LENGTH = 100_000
export const MAX_ANSWER_TOKENS = 100_000
export const MAX_TEMPERATURE = 2

const content = z.string().min(1).max(MAX_CONTENT_LENGTH)
const queryType = visibleName(MAX_WORD_LENGTH).openapi({ example: 'analytics' })

const charts = z
  .unknown()
  .refine((value) => JSON.stringify(value).length <= MAX_CHARTS_LENGTH, {
    error: `ensure this value has at most ${MAX_CHARTS_LENGTH} characters of JSON`,
  })
  .optional()
  .openapi({ description: 'Any JSON.' })

export const NewChat = z
  .object({ title: name, model_id: ObjectId.nullish(), dataset_id: ObjectId.nullish() })
  .openapi('NewChat')

export const ChatPatch = z
  .object({
    title: name.optional(),
    model_id: ObjectId.nullish().openapi({ description: 'Null takes the model away.' }),
    dataset_id: ObjectId.nullish().openapi({ description: 'Null takes the dataset away.' }),
  })
  .openapi('ChatPatch')

export const Chat = z
  .object({
    _id: ObjectId,
    user_id: ObjectId,
    title: z.string(),
    model_id: ObjectId.nullable(),
    dataset_id: ObjectId.nullable(),
    last_updated: Time,
  })
  .openapi('Chat')

export const NewMessage = z
  .object({
    chat_id: ObjectId,
    role: z
      .string()
      .max(MAX_ROLE_LENGTH)
      .regex(/^[a-z_]+$/, 'value must be lower-case letters and underscores')
      .openapi({ example: 'user' }),
    content,
    query_type: queryType.nullish(),
    charts,
  })
  .openapi('NewMessage')

export const Message = z
  .object({
    _id: ObjectId,
    chat_id: ObjectId,
    role: z.string(),
    content: z.string(),
    query_type: z.string().nullable(),
    charts: z.unknown().openapi({ description: 'Any JSON, or null.' }),
    timestamp: Time,
  })
  .openapi('Message')

export const ReplyRequest = z
  .object({
    content: content.optional().openapi({
      description: 'A new message of yours. Without it the last message of the chat is answered.',
    }),
    query_type: queryType.nullish().openapi({
      description:
        '`analytics` answers from the rows of the chat’s dataset. Without it: that of the message.',
    }),
    stream: z.boolean().default(false),
    temperature: z.number().min(0).max(MAX_TEMPERATURE).optional(),
    max_tokens: z.int().min(1).max(MAX_ANSWER_TOKENS).optional(),
  })
  .openapi('ReplyRequest')
export type ReplyRequest = z.infer<typeof ReplyRequest>

/** One event of a streamed reply. The last one has `done: true`, and the whole message or what went wrong. */
export const ReplyEvent = z
  .object({
    content: z.string(),
    done: z.boolean(),
    message: Message.optional(),
    detail: z.string().optional(),
  })
  .openapi('ReplyEvent')

export const Dataset = z
  .object({
    _id: ObjectId,
    user_id: ObjectId,
    name: z.string(),
    file_name: z.string(),
    row_count: z.int(),
    column_count: z.int(),
    file_size: z.int().openapi({ description: 'Bytes.' }),
    encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
    delimiter: z.string().nullable().openapi({ description: 'What stands between cells.' }),
    short_rows: z
      .int()
      .openapi({ description: 'Rows that lacked cells at their end, which are empty then.' }),
    status: z.literal('ready'),
    preview_data: z.object({ headers: z.array(z.string()), rows: z.array(z.array(z.string())) }),
    uploaded_at: Time,
  })
  .openapi('Dataset')

/** One dataset, with what its columns hold. */
export const DatasetDetail = Dataset.extend({
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['integer', 'real', 'text']),
      unit: z.string().nullable().openapi({ example: '€' }),
      left_out: z.int().openapi({ description: 'Cells of a column of numbers that hold something else.' }),
    }),
  ),
}).openapi('DatasetDetail')
