import '../../workerd.ts'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import type { Tool } from '../../../../worker/services/agent-tools/tool.ts'
import {
  createToolbox,
  MAX_RESULT_CHARACTERS,
  MAX_TOOLS,
  type ToolboxOptions,
} from '../../../../worker/services/agent-tools/toolbox.ts'
import { contextOf } from './samples.ts'

const Arguments = z.strictObject({ words: z.string().max(5) })

const toolOf = (known: Partial<Tool<z.infer<typeof Arguments>>> = {}): Tool<z.infer<typeof Arguments>> => ({
  name: 'echo',
  description: 'Says words again.',
  arguments: Arguments,
  effect: 'reads',
  brings: 'own words',
  limitMs: 5_000,
  offered: async () => undefined,
  run: async ({ words }) => ({ text: words }),
  ...known,
})

function setUp(tools: readonly Tool[] = [toolOf()], more: Partial<ToolboxOptions> = {}) {
  const log = { error: vi.fn() }
  return { toolbox: createToolbox({ tools, log, ...more }), log }
}

const never = () => new Promise<never>(() => {})

describe('a toolbox', () => {
  it('offers tools with the schema of their arguments, and says why others cannot be had', async () => {
    const { toolbox } = setUp([
      toolOf(),
      toolOf({ name: 'gone', offered: async () => 'None is configured.' }),
    ])
    const parameters = {
      type: 'object',
      properties: { words: { type: 'string', maxLength: 5 } },
      required: ['words'],
      additionalProperties: false,
    }
    const echo = {
      name: 'echo',
      description: 'Says words again.',
      parameters,
      effect: 'reads',
      brings: 'own words',
    }
    expect(await toolbox.survey(contextOf())).toEqual({
      offered: [echo],
      missing: [{ name: 'gone', reason: 'None is configured.' }],
    })
    expect(await toolbox.offered(contextOf())).toEqual([echo])
  })

  it('answers a call with the result, what is shown of it, and the time it took', async () => {
    const { toolbox } = setUp()
    let at = 0
    const answer = await toolbox.call('echo', { words: 'hello' }, contextOf({ now: () => (at += 7) }))
    expect(answer).toEqual({ ok: true, outcome: { text: 'hello' }, shown: 'hello', ms: 7 })
  })

  it.each([
    ['a name that no tool has', 'ecco', { words: 'a' }, 'unknown_tool', 'There is no tool "ecco".'],
    ['a name of the language', '__proto__', {}, 'unknown_tool', 'There is no tool "__proto__".'],
    [
      'arguments past their limit',
      'echo',
      { words: 'sixsix' },
      'bad_arguments',
      /echo does not take this: words: /,
    ],
    ['arguments that it does not know', 'echo', { words: 'a', more: 1 }, 'bad_arguments', /more/],
    ['arguments that are no object', 'echo', 'a', 'bad_arguments', /object/],
  ])('says so of %s', async (_, name, args, code, message) => {
    const { toolbox } = setUp()
    const said = typeof message === 'string' ? message : expect.stringMatching(message)
    expect(await toolbox.call(name, args, contextOf())).toEqual({ ok: false, code, message: said, ms: 0 })
  })

  it('does not run what is not offered, nor what a rule of the run refuses', async () => {
    const run = vi.fn(async () => ({ text: 'done' }))
    const { toolbox } = setUp([toolOf({ run, offered: async () => 'None is configured.' })])
    const notOffered = { ok: false, code: 'not_offered', message: 'None is configured.' }
    expect(await toolbox.call('echo', { words: 'a' }, contextOf())).toMatchObject(notOffered)
    const rule = vi.fn(() => ({ code: 'needs_approval' as const, message: 'Ask first.' }))
    const ruled = setUp([toolOf({ run, effect: 'changes' })], { rules: [rule] }).toolbox
    const context = contextOf({ isTainted: true })
    const refusal = { ok: false, code: 'needs_approval', message: 'Ask first.' }
    expect(await ruled.call('echo', { words: 'a' }, context)).toMatchObject(refusal)
    expect(rule).toHaveBeenCalledWith(expect.objectContaining({ effect: 'changes' }), { words: 'a' }, context)
    expect(run).not.toHaveBeenCalled()
  })

  it('tells the words of a failure that has some, and of no other', async () => {
    const toldBy = async (thrown: unknown, isAtOnce = false) => {
      const run = isAtOnce
        ? () => {
            throw thrown
          }
        : () => Promise.reject(thrown)
      const { toolbox, log } = setUp([toolOf({ run })])
      return { answer: await toolbox.call('echo', { words: 'a' }, contextOf()), log }
    }
    const known = await toldBy(new AppError('not_found', 'There is no such document.'))
    expect(known.answer).toMatchObject({ ok: false, code: 'failed', message: 'There is no such document.' })
    for (const isAtOnce of [false, true]) {
      const unknown = await toldBy(new Error('select * from secrets'), isAtOnce)
      expect(unknown.answer).toMatchObject({ ok: false, code: 'failed', message: 'echo failed.' })
      expect(unknown.log.error).toHaveBeenCalledWith('tools.failed', {
        tool: 'echo',
        cause: 'select * from secrets',
      })
    }
  })

  it('ends a call that hangs at the limit of its tool, and tells the tool', async () => {
    let told: AbortSignal | undefined
    const run: Tool['run'] = (_, { signal }) => {
      told = signal
      return never()
    }
    const { toolbox } = setUp([toolOf({ run, limitMs: 20 })])
    expect(await toolbox.call('echo', { words: 'a' }, contextOf())).toMatchObject({
      ok: false,
      code: 'time_limit',
      message: 'echo took longer than 0.02 seconds.',
    })
    expect(told?.aborted).toBe(true)
  })

  it('throws when the run is stopped, also while a tool hangs', async () => {
    const stop = new AbortController()
    const run = () => {
      stop.abort(new AppError('cancelled', 'Stopped.'))
      return never()
    }
    const { toolbox } = setUp([toolOf({ run })])
    const call = toolbox.call('echo', { words: 'a' }, contextOf({ signal: stop.signal }))
    await expect(call).rejects.toThrow('Stopped.')
    await expect(toolbox.call('echo', { words: 'a' }, contextOf({ signal: stop.signal }))).rejects.toThrow(
      'Stopped.',
    )
  })

  it('keeps a result of the most characters, and of one more all but that one', async () => {
    const ofLength = async (length: number) => {
      const { toolbox } = setUp([toolOf({ run: async () => ({ text: 'a'.repeat(length) }) })])
      const answer = await toolbox.call('echo', { words: 'a' }, contextOf())
      if (!answer.ok) throw new Error(answer.message)
      expect(answer.shown.length).toBeLessThanOrEqual(1_536)
      return answer.outcome.text
    }
    expect((await ofLength(MAX_RESULT_CHARACTERS)).length).toBe(MAX_RESULT_CHARACTERS)
    expect((await ofLength(MAX_RESULT_CHARACTERS + 1)).slice(MAX_RESULT_CHARACTERS)).toBe(
      '\n[1 more characters were not kept]',
    )
  })

  it('takes tools of other sources too, the own ones first, and none of a source that fails', async () => {
    const strange = async () => [toolOf({ description: 'Somebody else.' }), toolOf({ name: 'theirs' })]
    const { toolbox, log } = setUp([toolOf()], {
      sources: [strange, () => Promise.reject(new Error('gone away'))],
    })
    const names = (await toolbox.offered(contextOf())).map(({ name, description }) => [name, description])
    expect(names).toEqual([
      ['echo', 'Says words again.'],
      ['theirs', 'Says words again.'],
    ])
    expect(log.error).toHaveBeenCalledWith('tools.source_failed', { cause: 'gone away' })
  })

  it('has at most so many tools', async () => {
    const many = Array.from({ length: MAX_TOOLS }, (_, index) => toolOf({ name: `tool${index}` }))
    const count = async (tools: readonly Tool[]) => (await setUp(tools).toolbox.offered(contextOf())).length
    expect(await count(many)).toBe(MAX_TOOLS)
    expect(await count([...many, toolOf()])).toBe(MAX_TOOLS)
  })

  it('does not offer a tool that cannot say whether it can be had', async () => {
    const { toolbox } = setUp([toolOf({ offered: () => Promise.reject(new Error('no such table')) })])
    const { missing } = await toolbox.survey(contextOf())
    expect(missing).toEqual([{ name: 'echo', reason: 'It cannot be had at the moment.' }])
  })
})
