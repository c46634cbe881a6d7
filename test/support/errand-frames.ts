import {
  type ErrandStart,
  MAX_ERRAND_INPUT_LENGTH,
  MAX_ERRAND_LIMIT_MS,
  MAX_ERRAND_OUTPUT_LENGTH,
} from '../../shared/tasks/errands.ts'

/** Frames of errands that both halves' tests read; see `frames.ts`. */

export const errandStart = (over: Partial<ErrandStart> = {}): ErrandStart => ({
  type: 'errand.start',
  errandId: 'e1',
  kind: 'math',
  input: '1 + 1',
  limitMs: 5_000,
  ...over,
})

const end = { type: 'errand.end', errandId: 'e1', output: '2', failed: false }
const error = { type: 'errand.error', errandId: 'e1', code: 'died', message: 'It ended.' }

export const goodErrandEvents: [name: string, frame: unknown][] = [
  ['an errand that is done', end],
  ['an errand whose answer is as long as may be', { ...end, output: 'x'.repeat(MAX_ERRAND_OUTPUT_LENGTH) }],
  ['an errand of which another kind may find more', { ...end, failed: true, notFound: true }],
  ['an errand that failed', error],
  ['an errand that failed in a way of a later version', { ...error, code: 'too_odd' }],
]

type Refused = [name: string, frame: unknown, reason: RegExp]

export const badErrandEvents: Refused[] = [
  [
    'an errand whose answer is too long',
    { ...end, output: 'x'.repeat(MAX_ERRAND_OUTPUT_LENGTH + 1) },
    /^output/,
  ],
  ['an errand whose answer is no text', { ...end, output: { text: '2' } }, /^output/],
  ['an errand of which another kind finds no more', { ...end, notFound: false }, /^notFound/],
  ['an errand that ends in no way', { ...end, failed: undefined }, /^failed/],
  ['an errand without an id', { ...end, errandId: '' }, /^errandId/],
  ['an errand that failed for no reason', { ...error, code: '' }, /^code/],
  ['an errand that failed endlessly', { ...error, message: 'x'.repeat(1_001) }, /^message/],
]

export const goodErrandCommands: [name: string, frame: object][] = [
  ['errand.start', errandStart()],
  [
    'errand.start of the longest program, for the longest time',
    errandStart({
      kind: 'python',
      input: 'x'.repeat(MAX_ERRAND_INPUT_LENGTH),
      limitMs: MAX_ERRAND_LIMIT_MS,
    }),
  ],
  ['errand.cancel', { type: 'errand.cancel', errandId: 'e1' }],
]

export const badErrandCommands: Refused[] = [
  ['an errand of an unknown kind', { ...errandStart(), kind: 'dream' }, /^kind/],
  [
    'an errand that reads more than may be',
    errandStart({ input: 'x'.repeat(MAX_ERRAND_INPUT_LENGTH + 1) }),
    /^input/,
  ],
  [
    'an errand that runs for longer than may be',
    errandStart({ limitMs: MAX_ERRAND_LIMIT_MS + 1 }),
    /^limitMs/,
  ],
  ['a cancel of no errand', { type: 'errand.cancel' }, /^errandId/],
]
