import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { TrainingWishes } from '../../../../shared/training.ts'
import {
  MAX_CONFIG_BYTES,
  parseTrainingConfig,
} from '../../../../worker/services/training/training-config.ts'
import { wishesOf } from '../../../../worker/services/training/training-recipe.ts'
import { SEED } from '../../../support/property-runs.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const WHOLE = `base_model: starter
adapter: lora
lora_r: 8
lora_alpha: 16
lora_dropout: 0
lora_target_modules: [q_proj, v_proj]
num_epochs: 3
max_steps: 400
micro_batch_size: 2
gradient_accumulation_steps: 4
learning_rate: 2e-4
lr_scheduler: cosine
warmup_ratio: 0.03
weight_decay: 0.01
sequence_len: 512
val_set_size: 0.1
early_stopping_patience: 2
train_on_inputs: false
seed: 7
save_steps: 40
datasets:
  - path: /data/rows.jsonl
    type: alpaca
`

describe('a training config', () => {
  it('means in the words of Axolotl what it means there', () => {
    expect(wishesOf(parseTrainingConfig(bytesOf(WHOLE)), 'lora')).toEqual({
      method: 'lora',
      rank: 8,
      alpha: 16,
      targets: ['attn_q', 'attn_v'],
      epochs: 3,
      maxSteps: 400,
      batchSize: 8,
      learningRate: 2e-4,
      decay: 'cosine',
      warmupRatio: 0.03,
      weightDecay: 0.01,
      sequenceLength: 512,
      earlyStoppingPatience: 2,
      seed: 7,
      saveSteps: 40,
    })
  })

  it('wishes for nothing that it does not say', () => {
    expect(wishesOf(parseTrainingConfig(bytesOf('base_model: starter')), 'full')).toEqual({ method: 'full' })
  })

  it.each<[name: string, rows: string, refusal: string | undefined]>([
    ['of a table', 'path: a.CSV, columns: {prompt: Frage, completion: Antwort}', undefined],
    ['of lines', 'path: a.jsonl, columns: {prompt: a, completion: b}', 'config.datasets.0.columns'],
    [
      'for a field that rows do not have',
      'path: a.csv, columns: {question: a}',
      'config.datasets.0.columns.question',
    ],
    ['for nothing', 'path: a.csv, columns: {}', 'config.datasets.0.columns'],
  ])('names the columns %s', (_, rows, refusal) => {
    const parse = () => parseTrainingConfig(bytesOf(`base_model: starter\ndatasets: [{${rows}}]`))
    if (refusal === undefined)
      expect(parse().datasets).toMatchObject([{ columns: { prompt: 'Frage', completion: 'Antwort' } }])
    else expect(parse).toThrow(expect.objectContaining({ code: 'invalid_request', param: refusal }))
  })

  it('may have 64 KB, and not a byte more', () => {
    const filled = (bytes: number) => {
      const head = 'base_model: starter\n#'
      return bytesOf(head + 'x'.repeat(bytes - head.length))
    }
    expect(parseTrainingConfig(filled(MAX_CONFIG_BYTES)).base_model).toBe('starter')
    expect(() => parseTrainingConfig(filled(MAX_CONFIG_BYTES + 1))).toThrow('larger than 64 KB')
  })

  it.each(['sample_prompts: ["a\\uD800b"]', '"\\uDC00": 1', 'datasets: [{path: "\\uD800"}]'])(
    'holds no half of a surrogate pair, which is no character: %s',
    (line) => {
      const read = () => parseTrainingConfig(bytesOf(`base_model: starter\n${line}\n`))
      expect(read).toThrow('The training config holds half of a surrogate pair, which is no character.')
      const whole = 'base_model: starter\nsample_prompts: ["\\uD83D\\uDE00"]'
      expect(parseTrainingConfig(bytesOf(whole)).sample_prompts).toEqual(['😀'])
    },
  )

  it(`is taken whole or refused in a sentence, whatever was done to it (seed ${SEED})`, () => {
    const noise = fc.constantFrom(
      ...[
        '&a ',
        '*a',
        '!!int ',
        '{',
        '}',
        '[',
        ']',
        '- ',
        ': ',
        '\n',
        '\t',
        '"',
        "'",
        '#',
        '|',
        '>',
        '%',
        '---\n',
      ],
      ...['__proto__: 1\n', '<<: {}\n', '? [a]\n: b\n', '1e999', '.nan', '-1', 'null', '\u0000', '\ud800'],
    )
    const edit = fc.record({ at: fc.nat(WHOLE.length), cut: fc.nat(12), put: noise })
    let taken = 0
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const text = edits.reduce(
          (before, { at, cut, put }) => before.slice(0, at) + put + before.slice(at + cut),
          WHOLE,
        )
        try {
          const wishes = wishesOf(parseTrainingConfig(bytesOf(text)), 'lora')
          expect(TrainingWishes.safeParse(wishes).success).toBe(true)
          taken += 1
        } catch (thrown) {
          if (!(thrown instanceof AppError)) throw thrown
          expect(thrown.code).toBe('invalid_request')
          expect(thrown.message).toMatch(/^The training config /)
        }
      }),
      { seed: SEED, numRuns: 2_000 },
    )
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(2_000)
  })
})
