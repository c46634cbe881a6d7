import { z } from '@hono/zod-openapi'
import { MAX_LOGIT_BIASES, MAX_STOP_LENGTH } from '../../../shared/generation.ts'
import { GREATEST_SEED, LEAST_SEED } from './seeds.ts'

/** Stop sequences of one request; OpenAI documents up to 4. */
export const MAX_STOP = 4

/** Answers to one prompt. */
export const MAX_CHOICES = 8

/**
 * A parameter of OpenAI's that is not honoured here yet: only the value that changes nothing is taken, so that a client
 * which sends it out of habit works and one which needs it is told.
 */
export const only = <Value extends string | number | boolean>(value: Value) =>
  z.literal(value, { error: `only ${JSON.stringify(value)} is supported` }).nullish()

const StopString = z.string().min(1).max(MAX_STOP_LENGTH)

/** The parameters that chat and completions share. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z
    .int()
    .min(0)
    .max(1_000_000)
    .nullish()
    .openapi({ description: 'Extension. 0 looks at every token.' }),
  min_p: z.number().min(0).max(1).nullish().openapi({ description: 'Extension.' }),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z
    .number()
    .refine(Number.isInteger, { error: 'expected a whole number' })
    .min(LEAST_SEED)
    .max(GREATEST_SEED)
    .nullish()
    .openapi({ type: ['integer', 'null'], format: 'int64' }),
  stop: z.union([StopString, z.array(StopString).max(MAX_STOP)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: only(false) })
    .nullish()
    .openapi({ description: 'Only with `stream: true`.' }),
  user: z
    .string()
    .max(512)
    .nullish()
    .openapi({ description: 'Your own name for the end user; kept in the log.' }),
  n: z.int().min(1).max(MAX_CHOICES).nullish(),
  logit_bias: z
    .record(z.string(), z.unknown())
    // Counted first: a record is judged whole, however many of its entries are wrong.
    .refine((biases) => Object.keys(biases).length <= MAX_LOGIT_BIASES, {
      error: `at most ${MAX_LOGIT_BIASES} tokens can be biased`,
      abort: true,
    })
    .pipe(
      z.record(z.string().regex(/^\d{1,9}$/, { error: 'expected token ids' }), z.number().min(-100).max(100)),
    )
    .openapi({ additionalProperties: { type: 'number', minimum: -100, maximum: 100 } })
    .nullish(),
} as const

/** OpenAI takes `stream_options` with `stream: true` alone. */
export const streamOptionsNeedStream = <
  Body extends { stream?: boolean | null | undefined; stream_options?: unknown },
>(
  body: Body,
  context: z.RefinementCtx<Body>,
): void => {
  if (body.stream_options && !body.stream) {
    context.addIssue({
      code: 'custom',
      path: ['stream_options'],
      message: 'it is only allowed with stream: true',
    })
  }
}
