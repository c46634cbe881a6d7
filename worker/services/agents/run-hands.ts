import type { FinishReason, Message } from '../../../shared/generation.ts'
import type {
  JsonSchema,
  MissingTool,
  OfferedTool,
  ToolAnswer,
  ToolCitation,
  ToolContext,
} from '../agent-tools/tool.ts'
import type { Toolbox } from '../agent-tools/toolbox.ts'
import type { Ended, Hands, SeenStep, Thought } from './hands.ts'
import type { Journal } from './journal.ts'
import { failure, type KeptAnswer, keptAddresses, repeated, toKept } from './kept-answers.ts'
import {
  MAX_CALLS_AT_A_TIME,
  MAX_STEPS,
  MAX_TOOL_CALLS,
  REPEATS_THAT_END,
  RUN_LIMIT_MS,
  type RunLimit,
  STEP_TOKENS,
} from './limits.ts'
import { everShorter } from './loops/step-schema.ts'
import { type Look, Permission } from './permission.ts'
import {
  type DecidedCall,
  type Decider,
  NO_USAGE,
  type Piece,
  type RunEvent,
  type RunUsage,
} from './run-events.ts'
import { type RunModel, wholeOf } from './run-model.ts'
import { questionOf, type RunSpec, userWordsOf } from './spec.ts'

/** Of a run's time, the part that is kept for its answer. */
export const ANSWER_TIME_MS = 30_000

/** Of a model's context, the share that a decision may take. */
export const DECISION_SHARE = 1 / 2

export interface RunParts {
  spec: RunSpec
  model: RunModel
  toolbox: Pick<Toolbox, 'survey' | 'call'>
  journal: Journal
  emit: (event: RunEvent) => void
  /** Whether it may go on: throws otherwise. */
  stillMay: Look
  /** A person's word on a step; what is waited for them counts for no limit. */
  approved: (step: number) => Promise<boolean>
  /** When it began, epoch ms. */
  startedAt: number
  now: () => number
  signal: AbortSignal
}

interface KeptThought {
  value: unknown
  /** Absent where an earlier version has kept it. */
  text?: string
  usage: RunUsage
}

const added = (one: RunUsage, other: RunUsage): RunUsage => ({
  promptTokens: one.promptTokens + other.promptTokens,
  cachedPromptTokens: one.cachedPromptTokens + other.cachedPromptTokens,
  completionTokens: one.completionTokens + other.completionTokens,
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Texts of calls that are the same call. */
const signatureOf = ({ tool, arguments: given }: DecidedCall): string => JSON.stringify([tool, given])

/** The hands of one run; see `Hands`. Everything is counted here, so that no loop can go beyond a limit. */
export class RunHands implements Hands {
  readonly messages: readonly Message[]
  readonly question: string
  tools: readonly OfferedTool[] = []
  missing: readonly MissingTool[] = []
  readonly #parts: RunParts
  readonly #permission: Permission
  readonly #userWords: string
  /** How often each call was asked for, and what has come, or comes, of the first time. */
  readonly #seen = new Map<string, { times: number; first: Promise<SeenStep> }>()
  readonly #addresses: string[]
  readonly #citations: ToolCitation[] = []
  #isTainted: boolean
  #thoughts = 0
  #rounds = 0
  #calls = 0
  #waitedMs = 0
  /** Since the last step, for its figures. */
  #stepUsage = NO_USAGE
  #usage = NO_USAGE
  #limit: RunLimit | undefined
  #answeredBy: Decider | undefined
  #finishReason: FinishReason | undefined

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#permission = new Permission(parts.stillMay, parts.now)
    this.messages = parts.spec.messages
    this.question = questionOf(parts.spec.messages)
    this.#userWords = userWordsOf(parts.spec.messages)
    this.#isTainted = parts.spec.isTainted ?? false
    this.#addresses = [...(parts.spec.foundAddresses ?? [])]
  }

  /** Looks which tools there are; before anything else. The same ones as before, where the run goes on. */
  async open(): Promise<void> {
    const { journal, toolbox } = this.#parts
    type Survey = Awaited<ReturnType<Toolbox['survey']>>
    const known = journal.read('tools') as Survey | undefined // written below
    const survey = known ?? (await toolbox.survey(this.#contextOf(0)))
    if (!known) journal.write('tools', survey)
    this.tools = survey.offered
    this.missing = survey.missing
  }

  get ended(): Ended | undefined {
    const limit = this.#limit ?? this.#limitNow()
    if (limit === undefined) return undefined
    this.#limit = limit
    return { limit }
  }

  /** Figures of all that was done so far. */
  get summary() {
    return {
      limit: this.#limit ?? null,
      answeredBy: this.#answeredBy ?? null,
      finishReason: this.#finishReason ?? null,
      usage: this.#usage,
      citations: this.#citations,
      outside: this.#isTainted ? keptAddresses(this.#addresses) : null,
    }
  }

  async think(messages: readonly Message[], schema: JsonSchema): Promise<Thought> {
    const { journal } = this.#parts
    this.#thoughts += 1
    const key = `think:${this.#thoughts}`
    let kept = journal.read(key) as KeptThought | undefined // written below
    if (!kept) {
      kept = await this.#permission.during((refused) => this.#thought(messages, schema, refused))
      journal.write(key, kept)
    }
    this.#count(kept.usage)
    const { value, text = JSON.stringify(value ?? null) } = kept
    return { value, text }
  }

  async use(calls: readonly DecidedCall[]): Promise<SeenStep[]> {
    if (calls.length === 0) return []
    this.#rounds += 1
    const room = Math.max(0, MAX_TOOL_CALLS - this.#calls)
    if (calls.length > room) this.#limit ??= 'tool_calls'
    const steps: SeenStep[] = []
    const asked = calls.slice(0, room).map((call) => ({ call, step: ++this.#calls }))
    for (let at = 0; at < asked.length; at += MAX_CALLS_AT_A_TIME) {
      const together = asked.slice(at, at + MAX_CALLS_AT_A_TIME)
      steps.push(...(await Promise.all(together.map(({ call, step }) => this.#useOne(call, step)))))
    }
    return steps
  }

  async answer(messages: readonly Message[]): Promise<void> {
    const { journal, model, spec, startedAt, now, signal } = this.#parts
    await this.#permission.recent()
    signal.throwIfAborted()
    const left = Math.max(1_000, startedAt + this.#waitedMs + RUN_LIMIT_MS - now())
    const deadline = AbortSignal.timeout(left)
    const { text: before, tokens: said } = journal.takeSaid()
    const pieces = model.generate(
      messages,
      { maxTokens: spec.maxTokens ?? undefined, said },
      AbortSignal.any([signal, deadline]),
    )
    let text = said.length > 0 ? before : ''
    try {
      for (let piece = await pieces.next(); ; piece = await pieces.next()) {
        if (piece.done) {
          this.#count(piece.value.usage)
          this.#finishReason = piece.value.finishReason
          break
        }
        this.#say(text.length, piece.value)
        text += piece.value.text
      }
    } catch (thrown) {
      if (!deadline.aborted || signal.aborted || text === '') throw thrown
      this.#finishReason = 'length'
    }
    // A stop by the time is one of its own: what was said until then is the answer.
    if (deadline.aborted && !signal.aborted) {
      this.#limit ??= 'time'
      this.#finishReason = 'length'
    }
    signal.throwIfAborted()
    this.#answeredBy = 'model'
  }

  async say(text: string): Promise<void> {
    this.#say(0, { text, tokens: [] })
    this.#answeredBy = 'rule'
    this.#finishReason = 'stop'
  }

  #say(from: number, piece: Piece): void {
    this.#parts.journal.say(from, piece)
    this.#parts.emit({ type: 'answer.delta', from, ...piece })
  }

  #limitNow(): RunLimit | undefined {
    const { startedAt, now, journal } = this.#parts
    if (this.#rounds >= MAX_STEPS - 1) return 'steps'
    if (this.#calls >= MAX_TOOL_CALLS) return 'tool_calls'
    // What was decided and done before an eviction is gone through again, however late it is by now.
    if (journal.has(`think:${this.#thoughts + 1}`) || journal.has(`begun:${this.#calls + 1}`))
      return undefined
    if (now() - startedAt - this.#waitedMs >= RUN_LIMIT_MS - ANSWER_TIME_MS) return 'time'
    return undefined
  }

  /** Ends a decision or a call in time for the answer. */
  #stepSignal(): AbortSignal {
    const { startedAt, now, signal } = this.#parts
    const left = startedAt + this.#waitedMs + RUN_LIMIT_MS - ANSWER_TIME_MS - now()
    return AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, left))])
  }

  /** A decision, asked for until it parses; none, where the run's time ends it. */
  async #thought(
    messages: readonly Message[],
    schema: JsonSchema,
    refused: AbortSignal,
  ): Promise<KeptThought> {
    const { model, spec, signal } = this.#parts
    const maxTokens = Math.min(STEP_TOKENS, Math.max(1, Math.floor(spec.contextTokens * DECISION_SHARE)))
    const stop = AbortSignal.any([this.#stepSignal(), refused])
    let usage = NO_USAGE
    try {
      for (const asked of everShorter(schema)) {
        const made = await wholeOf(model.generate(messages, { schema: asked, maxTokens }, stop))
        usage = added(usage, made.usage)
        signal.throwIfAborted()
        const value = parsed(made.text)
        if (value !== undefined) return { value, text: made.text, usage }
      }
    } catch (thrown) {
      signal.throwIfAborted()
      if (!stop.aborted) throw thrown
    }
    return { value: null, usage }
  }

  #count(usage: RunUsage): void {
    this.#usage = added(this.#usage, usage)
    this.#stepUsage = added(this.#stepUsage, usage)
  }

  #contextOf(step: number): ToolContext {
    const { spec, now, signal, journal } = this.#parts
    return {
      accountId: spec.accountId,
      requestId: spec.requestId,
      runId: spec.id,
      step,
      mayReadFiles: spec.mayReadFiles,
      userWords: this.#userWords,
      foundAddresses: [...this.#addresses],
      isTainted: this.#isTainted,
      contextTokens: spec.contextTokens,
      mcpServers: spec.mcpServers ?? [],
      now,
      signal: step === 0 ? signal : this.#stepSignal(),
      resultOf: async (other) => {
        const kept = journal.read(`use:${other}`) as KeptAnswer | undefined // written below
        return kept?.ok ? kept.text : undefined
      },
    }
  }

  #useOne(call: DecidedCall, step: number): Promise<SeenStep> {
    const signature = signatureOf(call)
    const known = this.#seen.get(signature)
    // The second one of two at a time waits for the first: it is not done beside it.
    const seen = this.#ended(call, step, known?.first)
    const times = (known?.times ?? 0) + 1
    this.#seen.set(signature, { times, first: known?.first ?? seen })
    if (times >= REPEATS_THAT_END) this.#limit ??= 'repeated_calls'
    return seen
  }

  async #ended(call: DecidedCall, step: number, before: Promise<SeenStep> | undefined): Promise<SeenStep> {
    const usage = this.#stepUsage
    this.#stepUsage = NO_USAGE
    const kept = await this.#keptAnswer(call, step, { usage, first: await before })
    if (kept.ok) {
      this.#addresses.push(...kept.addresses)
      this.#citations.push(...kept.citations)
      for (const source of kept.citations)
        if (source.type === 'document') this.#permission.hasRead(source.documentId)
    }
    const tool = this.tools.find(({ name }) => name === call.tool)
    const isUntrusted = kept.ok && tool?.brings !== 'own words'
    this.#isTainted ||= isUntrusted
    return kept.ok
      ? { ...call, step, ok: true, shown: kept.shown, data: kept.data, isUntrusted }
      : { ...call, step, ok: false, code: kept.code, shown: kept.message, isUntrusted: false }
  }

  /** The end of a call: from memory, of the same call before, or done now. */
  async #keptAnswer(
    call: DecidedCall,
    step: number,
    { usage, first }: { usage: RunUsage; first: SeenStep | undefined },
  ): Promise<KeptAnswer> {
    const { journal, emit, signal } = this.#parts
    const key = `use:${step}`
    const before = journal.read(key) as KeptAnswer | undefined // written below
    const waitedMs = journal.read(`waited:${step}`)
    if (typeof waitedMs === 'number') this.#waitedMs += waitedMs
    if (before) return before
    await this.#permission.recent()
    signal.throwIfAborted()
    const wasBegun = journal.read(`begun:${step}`) === true
    if (!wasBegun) {
      journal.write(`begun:${step}`, true)
      emit({ type: 'step.started', step, ...call })
    }
    const kept = first ? repeated(first) : toKept(await this.#called(call, step, wasBegun))
    journal.write(key, kept)
    const { ok, ms } = kept
    emit({
      type: 'step.ended',
      step,
      ok,
      ...(kept.ok ? {} : { code: kept.code }),
      shown: kept.ok ? kept.shown : kept.message,
      ms,
      usage,
      citations: kept.ok ? kept.citations : [],
    })
    return kept
  }

  async #called(call: DecidedCall, step: number, wasBegun: boolean): Promise<ToolAnswer> {
    const { toolbox, journal, emit, approved, now, signal } = this.#parts
    const tool = this.tools.find(({ name }) => name === call.tool)
    const isWaiting = journal.has(`waits:${step}`) && !journal.has(`waited:${step}`)
    if (wasBegun && !isWaiting && tool?.effect === 'changes')
      return failure(
        'failed',
        'It was interrupted: whether it was done is not known, so it is not done again.',
      )
    const context = this.#contextOf(step)
    const answer = await this.#inTime(toolbox.call(call.tool, call.arguments, context), context)
    if (answer.ok || answer.code !== 'needs_approval') return answer
    const key = `waits:${step}`
    const since = journal.read(key) ?? now()
    if (!journal.has(key)) {
      journal.write(key, since)
      emit({ type: 'step.waiting', step, tool: call.tool, reason: answer.message })
    }
    const isApproved = await approved(step)
    const waitedMs = now() - Number(since)
    journal.write(`waited:${step}`, waitedMs)
    this.#waitedMs += waitedMs
    signal.throwIfAborted()
    if (!isApproved) return failure('needs_approval', 'A person has refused it.')
    const again = { ...this.#contextOf(step), isApproved: true }
    return this.#inTime(toolbox.call(call.tool, call.arguments, again), again)
  }

  /** A call that the run's own time has ended is one that failed, and the run goes on to its answer. */
  async #inTime(work: Promise<ToolAnswer>, context: ToolContext): Promise<ToolAnswer> {
    try {
      return await work
    } catch (thrown) {
      this.#parts.signal.throwIfAborted()
      if (context.signal.aborted) return failure('time_limit', "The run's time was over.")
      throw thrown
    }
  }
}
