import {
  MAX_FIT_DIMENSIONS,
  MAX_OCR_PAGES,
  MAX_TASK_FILES,
  MAX_TASK_LIMIT_MS,
} from '../../shared/tasks/tasks.ts'
import type { EdgeCommand } from '../../shared/wire.ts'

/** Frames of tasks that both halves' tests read; see `frames.ts`. */

const task = { taskId: '0'.repeat(24), attempt: 1 }

type TaskStart = Extract<EdgeCommand, { type: 'task.start' }>

export const taskStart = (over: Partial<TaskStart> = {}): TaskStart => ({
  type: 'task.start',
  ...task,
  work: { kind: 'extract', options: { format: 'pdf' } },
  inputs: [{ name: 'file', bytes: 10, token: 'a.b.c' }],
  outputs: [{ name: 'pages', maxBytes: 1_000, token: 'd.e.f' }],
  limitMs: 60_000,
  ...over,
})

export const goodTaskEvents: [name: string, frame: unknown][] = [
  ['a task that goes on', { type: 'task.progress', ...task }],
  ['a task that is half done', { type: 'task.progress', ...task, done: 5, total: 10 }],
  [
    'a task that is done',
    {
      type: 'task.end',
      ...task,
      outputs: [{ name: 'pages', bytes: 900 }],
      figures: { pages: 10, unusablePages: 1, characters: 5_000, processMs: 900, peakMiB: 120 },
    },
  ],
  [
    'a task that failed',
    { type: 'task.error', ...task, code: 'encrypted', message: 'The file needs a password.' },
  ],
  [
    'a task that failed in a way of a later version',
    { type: 'task.error', ...task, code: 'too_odd', message: 'The file is too odd.' },
  ],
]

type Refused = [name: string, frame: unknown, reason: RegExp]

export const badTaskEvents: Refused[] = [
  ['a task without an attempt', { type: 'task.progress', taskId: task.taskId }, /attempt/],
  ['a task of attempt 0', { type: 'task.progress', ...task, attempt: 0 }, /attempt/],
  ['a task without an id', { type: 'task.progress', ...task, taskId: '' }, /taskId/],
  ['a task that is less than begun', { type: 'task.progress', ...task, done: -1 }, /done/],
  ['a task that ends without figures', { type: 'task.end', ...task, outputs: [] }, /figures/],
  [
    'a task with more outputs than one may have',
    {
      type: 'task.end',
      ...task,
      outputs: Array(MAX_TASK_FILES + 1).fill({ name: 'pages', bytes: 1 }),
      figures: {},
    },
    /outputs/,
  ],
  [
    'a task with an output of no name',
    { type: 'task.end', ...task, outputs: [{ name: '../x', bytes: 1 }], figures: {} },
    /outputs\.0\.name/,
  ],
  [
    'a task with half a page',
    { type: 'task.end', ...task, outputs: [], figures: { pages: 0.5 } },
    /figures\.pages/,
  ],
  ['a task that failed for no reason', { type: 'task.error', ...task, message: 'x' }, /code/],
  [
    'a task that failed endlessly',
    { type: 'task.error', ...task, code: 'died', message: 'x'.repeat(1_001) },
    /message/,
  ],
]

export const goodTaskCommands: [name: string, frame: object][] = [
  ['task.start of a PDF', taskStart()],
  ['task.start of pictures', taskStart({ work: { kind: 'ocr', options: { pages: [1, 3] } } })],
  [
    'task.start of a fit',
    taskStart({
      work: { kind: 'fit', options: { dimensions: 150, precision: 'float16', seed: 1 } },
      limitMs: MAX_TASK_LIMIT_MS,
    }),
  ],
  ['task.cancel', { type: 'task.cancel', ...task }],
]

const pages = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

export const badTaskCommands: Refused[] = [
  ['a task of an unknown kind', { ...taskStart(), work: { kind: 'dream', options: {} } }, /work\.kind/],
  [
    'a task with a format that nobody reads',
    { ...taskStart(), work: { kind: 'extract', options: { format: 'xls' } } },
    /work\.options\.format/,
  ],
  [
    'pictures of more pages than may be',
    taskStart({ work: { kind: 'ocr', options: { pages: pages(MAX_OCR_PAGES + 1) } } }),
    /work\.options\.pages/,
  ],
  [
    'a fit of more dimensions than may be',
    taskStart({
      work: { kind: 'fit', options: { dimensions: MAX_FIT_DIMENSIONS + 1, precision: 'float16', seed: 1 } },
    }),
    /work\.options\.dimensions/,
  ],
  ['a task that reads nothing', taskStart({ inputs: [] }), /inputs/],
  ['a task that writes nothing', taskStart({ outputs: [] }), /outputs/],
  ['a task without a token', taskStart({ inputs: [{ name: 'file', bytes: 1, token: '' }] }), /token/],
  ['a task of an empty file', taskStart({ inputs: [{ name: 'file', bytes: 0, token: 'a' }] }), /bytes/],
  ['a task that runs for longer than may be', taskStart({ limitMs: MAX_TASK_LIMIT_MS + 1 }), /limitMs/],
  ['a cancel of no task', { type: 'task.cancel', attempt: 1 }, /taskId/],
]
