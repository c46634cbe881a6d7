import { describe, expect, it, vi } from 'vitest'
import { MAX_STEPS, REPEATS_THAT_END, RUN_LIMIT_MS } from '../../../../../worker/services/agents/limits.ts'
import { react } from '../../../../../worker/services/agents/loops/react.ts'
import { ANSWER_TIME_MS } from '../../../../../worker/services/agents/run-hands.ts'
import { call, echoTool, memoryJournal, runLoop } from '../scripted-run.ts'

describe('reason and act', () => {
  it('does what the model decides, shows it the result, and lets it answer', async () => {
    const { events, prompts, said, summary } = await runLoop(react, { thoughts: [call('echo', 'rain')] })
    expect(events).toMatchObject([
      { type: 'step.started', step: 1, tool: 'echo', arguments: { text: 'rain' }, decidedBy: 'model' },
      { type: 'step.ended', step: 1, ok: true, shown: 'echo: rain' },
      { type: 'answer.delta', from: 0, text: 'The ', tokens: [1] },
      { type: 'answer.delta', from: 4, text: 'answer.', tokens: [2] },
    ])
    expect(said).toBe('The answer.')
    expect(prompts.map(({ isDecision }) => isDecision)).toEqual([true, true, false])
    expect(prompts[1]?.text).toContain('Result of step 1 (echo)')
    expect(summary).toMatchObject({
      limit: null,
      answeredBy: 'model',
      finishReason: 'stop',
      usage: { promptTokens: 30, cachedPromptTokens: 12, completionTokens: 6 },
    })
  })

  it('each prompt begins with the one before, so that caches are hit from step to step', async () => {
    const { prompts } = await runLoop(react, { thoughts: [call('echo', 'a'), call('echo', 'b')] })
    const decisions = prompts.filter(({ isDecision }) => isDecision).map(({ text }) => text)
    for (const [at, text] of decisions.entries())
      if (at > 0) expect(text.startsWith(decisions[at - 1] ?? '')).toBe(true)
  })

  it('each decision stands in the next prompt as the model has written it, which its node has computed so', async () => {
    const written = '{"action": "echo", "arguments": {"text": "a"}}'
    const { prompts } = await runLoop(react, { thoughts: [written] })
    expect(prompts[1]?.text.startsWith(`${prompts[0]?.text}\n${written}\n`)).toBe(true)
  })

  it('answers at once what needs no tool, and where there are none', async () => {
    const { events, prompts } = await runLoop(react, {})
    expect(events.every(({ type }) => type === 'answer.delta')).toBe(true)
    expect(prompts.at(-1)?.text).toBe('How is the weather in Seoul?')
    const without = await runLoop(react, { tools: [] })
    expect(without.prompts.map(({ isDecision }) => isDecision)).toEqual([false])
  })

  it('goes on after an unknown tool, broken arguments, and a tool that throws', async () => {
    const broken = echoTool('broken', { run: () => Promise.reject(new Error('a secret path')) })
    const { events, said } = await runLoop(react, {
      tools: [echoTool('echo'), broken],
      thoughts: [call('nothing', 'x'), { action: 'echo', arguments: { wrong: 1 } }, call('broken', 'x')],
    })
    const ends = events.filter(({ type }) => type === 'step.ended')
    expect(ends).toMatchObject([
      { ok: false, code: 'unknown_tool' },
      { ok: false, code: 'bad_arguments', shown: expect.stringMatching(/text/) },
      { ok: false, code: 'failed', shown: 'broken failed.' },
    ])
    expect(said).toBe('The answer.')
  })

  it('answers where a decision was not finished', async () => {
    const { events, said } = await runLoop(react, { thoughts: ['{"action": "ec'] })
    expect(events.some(({ type }) => type === 'step.started')).toBe(false)
    expect(said).toBe('The answer.')
  })

  it('gives the same call its first result, and ends the tools at the third', async () => {
    const run = vi.fn(async () => ({ text: 'found' }))
    const { events, summary, said } = await runLoop(react, {
      tools: [echoTool('echo', { run })],
      thoughts: Array.from({ length: 9 }, () => call('echo', 'again')),
    })
    expect(run).toHaveBeenCalledTimes(1)
    const ends = events.filter((event) => event.type === 'step.ended')
    expect(ends).toHaveLength(REPEATS_THAT_END)
    expect(ends[1]?.shown).toMatch(/done in step 1 already.*\nfound/s)
    expect(summary.limit).toBe('repeated_calls')
    expect(said).toBe('The answer.')
  })

  it(`has ${MAX_STEPS} steps, of which the last one answers, and says that it came to that`, async () => {
    const thoughts = Array.from({ length: 20 }, (_, at) => call('echo', String(at)))
    const { events, summary } = await runLoop(react, { thoughts })
    expect(events.filter(({ type }) => type === 'step.started')).toHaveLength(MAX_STEPS - 1)
    expect(summary.limit).toBe('steps')
    const fewer = await runLoop(react, { thoughts: thoughts.slice(0, MAX_STEPS - 2) })
    expect(fewer.summary.limit).toBeNull()
  })

  it('stops deciding when its time is over, and answers all the same', async () => {
    const withTool = async (takesMs: number) => {
      let now = 0
      const slow = echoTool('slow', {
        run: async ({ text }) => {
          if (text === '1') now += takesMs
          return { text: 'late' }
        },
      })
      const { summary, said, events } = await runLoop(react, {
        tools: [slow],
        thoughts: [call('slow', '1'), call('slow', '2')],
        over: { now: () => now },
      })
      return [events.filter(({ type }) => type === 'step.started').length, summary.limit, said]
    }
    expect(await withTool(RUN_LIMIT_MS - ANSWER_TIME_MS)).toEqual([1, 'time', 'The answer.'])
    // What is left is real time for the second step.
    expect(await withTool(RUN_LIMIT_MS - ANSWER_TIME_MS - 5_000)).toEqual([2, null, 'The answer.'])
  })

  it('goes on from memory: nothing is decided or done again', async () => {
    const journal = memoryJournal()
    const run = vi.fn(async () => ({ text: 'found' }))
    const script = {
      journal,
      tools: [echoTool('echo', { run })],
      thoughts: [call('echo', 'a'), call('echo', 'b')],
    }
    const first = await runLoop(react, script)
    const again = await runLoop(react, {
      ...script,
      thoughts: [call('echo', 'never')],
      over: { now: () => 10 * RUN_LIMIT_MS },
    })
    expect(run).toHaveBeenCalledTimes(2)
    expect(again.events.every(({ type }) => type === 'answer.delta')).toBe(true)
    expect(again.prompts.at(-1)?.text).toBe(first.prompts.at(-1)?.text)
    expect(again.summary.usage.promptTokens).toBe(first.summary.usage.promptTokens)
  })

  it('does nothing twice that changes something and was interrupted', async () => {
    const journal = memoryJournal()
    const run = vi.fn(async () => ({ text: 'done' }))
    journal.write('think:1', {
      value: call('send', 'x'),
      usage: { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 },
    })
    journal.write('begun:1', true)
    const { events } = await runLoop(react, {
      journal,
      tools: [echoTool('send', { effect: 'changes', run })],
    })
    expect(run).not.toHaveBeenCalled()
    expect(events).toMatchObject([
      { type: 'step.ended', ok: false, shown: expect.stringMatching(/interrupted/) },
      {},
      {},
    ])
  })

  it('stops at the next step for whoever may no longer', async () => {
    let steps = 0
    const stillMay = async () => {
      steps += 1
      if (steps > 3) throw new Error('revoked')
    }
    const thoughts = Array.from({ length: 5 }, (_, at) => call('echo', String(at)))
    await expect(runLoop(react, { thoughts, over: { stillMay } })).rejects.toThrow('revoked')
  })
})
