import { z } from 'zod'
import { toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { shownResult } from './shown-result.ts'
import type {
  JsonSchema,
  MissingTool,
  OfferedTool,
  Tool,
  ToolAnswer,
  ToolContext,
  ToolFailureCode,
  ToolOutcome,
} from './tool.ts'

/** Characters that are kept of one result; of a longer one the rest is lost, and it says so. */
export const MAX_RESULT_CHARACTERS = 12_000_000

/** Tools of which a run may choose; of more, those of later sources are left away. */
export const MAX_TOOLS = 64

/** Where tools come from besides the own ones: the servers of an account. One that fails has none. */
export type ToolSource = (context: ToolContext) => Promise<readonly Tool[]>

/** A reason not to run a call, by a rule of the run: untrusted text may not change anything. */
export type CallRule = (
  tool: Tool,
  args: unknown,
  context: ToolContext,
) => { code: ToolFailureCode; message: string } | undefined

export interface ToolboxOptions {
  tools: readonly Tool[]
  sources?: readonly ToolSource[]
  rules?: readonly CallRule[]
  log: Pick<Logger, 'error'>
}

/** The end of a call, before it is timed. */
type Ended = { ok: true; outcome: ToolOutcome } | { ok: false; code: ToolFailureCode; message: string }

const refused = (code: ToolFailureCode, message: string): Ended => ({ ok: false, code, message })

const schemas = new WeakMap<Tool, JsonSchema>()

/** The JSON schema of a tool's arguments. */
function schemaOf(tool: Tool): JsonSchema {
  const known = tool.schema ?? schemas.get(tool)
  if (known) return known
  const { $schema: _, ...schema } = z.toJSONSchema(tool.arguments, { io: 'input' })
  schemas.set(tool, schema)
  return schema
}

const spellingOf = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `${path.join('.')}: ${message}`

function bounded(outcome: ToolOutcome): ToolOutcome {
  const { text } = outcome
  if (text.length <= MAX_RESULT_CHARACTERS) return outcome
  const note = `\n[${text.length - MAX_RESULT_CHARACTERS} more characters were not kept]`
  return { ...outcome, text: text.slice(0, MAX_RESULT_CHARACTERS).toWellFormed() + note }
}

/** Settles as the work does, or rejects when the signal says so, also where the work takes no notice of it. */
function heeding<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

export type Toolbox = ReturnType<typeof createToolbox>

/** The tools of runs: which of them a run can have, and what becomes of a call. */
export function createToolbox({ tools, sources = [], rules = [], log }: ToolboxOptions) {
  /** The first of a name is the one that is called so. */
  async function all(context: ToolContext): Promise<Tool[]> {
    const found = await Promise.all(
      sources.map((source) =>
        source(context).catch((thrown) => {
          log.error('tools.source_failed', { cause: causeOf(thrown) })
          return []
        }),
      ),
    )
    const named = new Map<string, Tool>()
    for (const tool of [...tools, ...found.flat()]) if (!named.has(tool.name)) named.set(tool.name, tool)
    return [...named.values()].slice(0, MAX_TOOLS)
  }

  async function whyNot(tool: Tool, context: ToolContext): Promise<string | undefined> {
    return tool.offered(context).catch((thrown) => {
      log.error('tools.not_asked', { tool: tool.name, cause: causeOf(thrown) })
      return 'It cannot be had at the moment.'
    })
  }

  async function run(tool: Tool, args: unknown, context: ToolContext): Promise<Ended> {
    const limit = AbortSignal.timeout(tool.limitMs)
    const signal = AbortSignal.any([context.signal, limit])
    try {
      // Begun inside of a promise: so a tool that throws at once is one that rejects.
      const work = Promise.resolve().then(() => tool.run(args, { ...context, signal }))
      return { ok: true, outcome: bounded(await heeding(work, signal)) }
    } catch (thrown) {
      if (context.signal.aborted) throw context.signal.reason
      if (limit.aborted)
        return refused('time_limit', `${tool.name} took longer than ${tool.limitMs / 1_000} seconds.`)
      const { code, message } = toAppError(thrown)
      if (code !== 'internal') return refused('failed', message)
      log.error('tools.failed', { tool: tool.name, cause: causeOf(thrown) })
      return refused('failed', `${tool.name} failed.`)
    }
  }

  async function called(name: string, args: unknown, context: ToolContext): Promise<Ended> {
    const known = await all(context)
    const tool = known.find((one) => one.name === name)
    if (!tool) return refused('unknown_tool', `There is no tool ${JSON.stringify(name.slice(0, 64))}.`)
    const reason = await whyNot(tool, context)
    if (reason !== undefined) return refused('not_offered', reason)
    const checked = tool.arguments.safeParse(args)
    if (!checked.success)
      return refused(
        'bad_arguments',
        `${name} does not take this: ${checked.error.issues.map(spellingOf).join('; ')}.`,
      )
    for (const rule of rules) {
      const refusal = rule(tool, checked.data, context)
      if (refusal) return { ok: false, ...refusal }
    }
    return run(tool, checked.data, context)
  }

  /** Every tool, with why a run cannot have it. */
  const survey = async (context: ToolContext) =>
    Promise.all((await all(context)).map(async (tool) => ({ tool, reason: await whyNot(tool, context) })))

  return {
    /** The tools that a run can have, as a model is told of them, and those that it cannot. */
    async survey(context: ToolContext): Promise<{ offered: OfferedTool[]; missing: MissingTool[] }> {
      const known = await survey(context)
      return {
        offered: known.flatMap(({ tool, reason }) => {
          if (reason !== undefined) return []
          const { name, description, effect, brings } = tool
          return [{ name, description, parameters: schemaOf(tool), effect, brings }]
        }),
        missing: known.flatMap(({ tool: { name }, reason }) =>
          reason === undefined ? [] : [{ name, reason }],
        ),
      }
    },

    /** The tools that a run can have. */
    async offered(context: ToolContext): Promise<OfferedTool[]> {
      return (await this.survey(context)).offered
    },

    /** Does a call. Whatever goes wrong is an answer; it throws only when the context's signal is aborted. */
    async call(name: string, args: unknown, context: ToolContext): Promise<ToolAnswer> {
      const begunAt = context.now()
      const ended = await called(name, args, context)
      context.signal.throwIfAborted()
      const ms = context.now() - begunAt
      return ended.ok ? { ...ended, shown: shownResult(ended.outcome.text, context), ms } : { ...ended, ms }
    },
  }
}
