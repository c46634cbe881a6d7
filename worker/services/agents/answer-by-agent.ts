import { AppError } from '../../../shared/errors.ts'
import type { Message, Sampling } from '../../../shared/generation.ts'
import type { AnswerRun, AnswerStep } from '../conversations/answer-steps.ts'
import type { Answered, AnswerPieces } from '../conversations/answering.ts'
import type { Hearing } from './agent-run.ts'
import type { AgentRuns, NewRun, RunStream } from './agent-runs.ts'
import { type NumberedEvent, placeBehind, RUN_BEGINNING, type RunPlace } from './run-events.ts'

/** How often a run whose object was lost is followed again. */
const MAX_RETURNS = 3

/** The sampling of decisions and answers, where a contract offers a temperature and no more. */
export interface AskedAgent extends Omit<NewRun, 'sampling'> {
  messages: readonly Message[]
  sampling: Sampling
}

type StepEvent = Extract<NumberedEvent, { type: 'step.started' | 'step.waiting' | 'step.ended' }>

/** A step's event as the reader of an answer is told of it. */
export function stepOf(event: StepEvent, tools: Map<number, string>): AnswerStep {
  const { step } = event
  if (event.type === 'step.started') {
    tools.set(step, event.tool)
    const { tool, decidedBy, arguments: given } = event
    return { step, state: 'started', tool, decidedBy, arguments: given }
  }
  const tool = tools.get(step) ?? ''
  if (event.type === 'step.waiting') return { step, state: 'waiting', tool, shown: event.reason }
  const { ok, code, shown, ms } = event
  return { step, state: 'ended', tool, ok, ...(code === undefined ? {} : { code }), shown, ms }
}

/** Each step once, as it ended, with who had decided it. */
export function stepsOf(told: readonly AnswerStep[]): AnswerStep[] {
  const steps = new Map<number, AnswerStep>()
  for (const step of told) steps.set(step.step, { ...steps.get(step.step), ...step })
  return [...steps.values()]
}

interface BegunRun {
  id: string
  events: RunStream
}

const interrupted = () => new AppError('node_failed', 'The run was interrupted.')

/**
 * The events of a run up to its end, each once, also where its object is lost on the way: that goes on by itself, and is followed
 * from where its listener stood. Leaving it, or the signal, is leaving the run.
 */
export async function* unbroken(
  runs: Pick<AgentRuns, 'follow'>,
  accountId: string,
  { id, events }: BegunRun,
  signal: AbortSignal,
  hearing: Hearing = 'pieces',
): RunStream {
  let stream: RunStream | undefined = events
  let place: RunPlace = RUN_BEGINNING
  const said = { text: '', tokens: [] as number[] }
  for (let returns = 0; ; returns += 1) {
    let isAnother = false
    try {
      stream ??= await runs.follow(accountId, id, { ...place, said }, signal, hearing)
      for await (const heard of stream) {
        for (const event of heard) {
          place = placeBehind(place, event)
          if (event.type !== 'answer.delta') continue
          // What was said cannot be taken back.
          isAnother ||= event.from !== said.text.length
          said.text += event.text
          said.tokens.push(...event.tokens)
        }
        if (isAnother) throw interrupted()
        yield heard
        if (heard.at(-1)?.type === 'run.ended') return
      }
      throw interrupted()
    } catch (thrown) {
      if (signal.aborted || isAnother || returns >= MAX_RETURNS) throw thrown
      stream = undefined
    }
  }
}

/** The events of a run; see `unbroken`. Leaving it, or the signal, stops the run. */
export async function* heardToTheEnd(
  runs: Pick<AgentRuns, 'follow' | 'cancel'>,
  accountId: string,
  begun: BegunRun,
  signal: AbortSignal,
  hearing: Hearing,
): RunStream {
  let isOver = false
  try {
    for await (const heard of unbroken(runs, accountId, begun, signal, hearing)) {
      isOver ||= heard.some(({ type }) => type === 'run.ended')
      yield heard
    }
  } finally {
    if (!isOver) await runs.cancel(accountId, begun.id).catch(() => {}) // it is over already
  }
}

/**
 * An answer by an agent, as a conversation's room asks for it: the steps as they happen, then the answer. Leaving it, or the
 * signal, stops the run. Whoever hears the answer whole has it as one piece.
 */
export async function* answerByAgent(
  runs: Pick<AgentRuns, 'start' | 'follow' | 'cancel'>,
  asked: AskedAgent,
  signal: AbortSignal,
  hearing: Hearing = 'pieces',
): AnswerPieces {
  const begun = await runs.start(asked, signal, hearing)
  const told: AnswerStep[] = []
  const tools = new Map<number, string>()
  for await (const heard of heardToTheEnd(runs, asked.accountId, begun, signal, hearing)) {
    if (heard.length === 0) yield ''
    for (const event of heard) {
      if (event.type === 'answer.delta') yield event.text
      if (event.type === 'step.started' || event.type === 'step.waiting' || event.type === 'step.ended') {
        const step = stepOf(event, tools)
        told.push(step)
        yield step
      }
      if (event.type === 'run.ended') return answeredOf(begun.id, asked, event, told)
    }
  }
  throw new AppError('node_failed', 'The run was interrupted.')
}

function answeredOf(
  runId: string,
  { loop }: AskedAgent,
  event: Extract<NumberedEvent, { type: 'run.ended' }>,
  told: readonly AnswerStep[],
): Answered {
  const { state, error, usage, finishReason, answeredBy, limit, citations } = event
  if (state === 'failed')
    throw new AppError(error?.code ?? 'node_failed', error?.message ?? 'The run failed.')
  const run: AnswerRun = { runId, loop, state, answeredBy, limit, steps: stepsOf(told), sources: citations }
  return {
    finishReason: state === 'cancelled' ? 'cancelled' : (finishReason ?? 'stop'),
    usage,
    charts: null,
    run,
  }
}
