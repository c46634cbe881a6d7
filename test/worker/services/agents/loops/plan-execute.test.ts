import { describe, expect, it } from 'vitest'
import { MAX_CALLS_AT_A_TIME, MAX_PLAN_STEPS } from '../../../../../worker/services/agents/limits.ts'
import { planExecute, planIn } from '../../../../../worker/services/agents/loops/plan-execute.ts'
import { echoTool, runLoop } from '../scripted-run.ts'

const step = (tool: string, text: string, after: number[] = []) => ({ tool, arguments: { text }, after })
const startsOf = (events: readonly { type: string }[]) => events.filter(({ type }) => type === 'step.started')

describe('plan and execute', () => {
  it('does steps at the same time that wait for none, and puts the results together', async () => {
    let running = 0
    let most = 0
    const tool = echoTool('echo', {
      run: async ({ text }) => {
        running += 1
        most = Math.max(most, running)
        await Promise.resolve()
        running -= 1
        return { text: `found ${text}` }
      },
    })
    const steps = Array.from({ length: 6 }, (_, at) => step('echo', String(at)))
    const { events, prompts, said } = await runLoop(planExecute, { tools: [tool], thoughts: [{ steps }] })
    expect(startsOf(events)).toHaveLength(6)
    expect(most).toBe(MAX_CALLS_AT_A_TIME)
    for (let at = 0; at < 6; at += 1) expect(prompts.at(-1)?.text).toContain(`found ${at}`)
    expect(said).toBe('The answer.')
  })

  it('writes the arguments of a step anew with the results that it waits for', async () => {
    const { events, prompts } = await runLoop(planExecute, {
      thoughts: [{ steps: [step('echo', 'city'), step('echo', 'guessed', [1])] }, { text: 'Seoul' }],
    })
    expect(startsOf(events)).toMatchObject([
      { arguments: { text: 'city' } },
      { arguments: { text: 'Seoul' } },
    ])
    expect(prompts[1]?.text).toContain('echo: city')
  })

  it('plans anew once for what failed', async () => {
    const { events } = await runLoop(planExecute, {
      thoughts: [
        { steps: [step('nothing', 'a')] },
        { steps: [step('echo', 'b')] },
        { steps: [step('echo', 'c')] },
      ],
    })
    expect(startsOf(events)).toMatchObject([{ tool: 'nothing' }, { tool: 'echo', arguments: { text: 'b' } }])
  })

  it('mends a plan of the most steps, too', async () => {
    const steps = Array.from({ length: MAX_PLAN_STEPS - 1 }, (_, at) => step('echo', String(at)))
    const { events } = await runLoop(planExecute, {
      thoughts: [{ steps: [...steps, step('nothing', 'last')] }, { steps: [step('echo', 'instead')] }],
    })
    expect(startsOf(events)).toHaveLength(MAX_PLAN_STEPS + 1)
    expect(startsOf(events).at(-1)).toMatchObject({ tool: 'echo', arguments: { text: 'instead' } })
  })

  it('answers where no plan came, or an empty one', async () => {
    expect((await runLoop(planExecute, { thoughts: ['{"steps": ['] })).said).toBe('The answer.')
    expect((await runLoop(planExecute, { thoughts: [{ steps: [] }] })).said).toBe('The answer.')
  })

  it(`takes ${MAX_PLAN_STEPS} steps, and leaves those beyond`, () => {
    const steps = Array.from({ length: MAX_PLAN_STEPS + 1 }, (_, at) => step('echo', String(at)))
    expect(planIn({ steps: steps.slice(1) })).toHaveLength(MAX_PLAN_STEPS)
    expect(planIn({ steps })).toHaveLength(MAX_PLAN_STEPS)
    expect(planIn({ steps }, MAX_PLAN_STEPS)).toHaveLength(MAX_PLAN_STEPS)
  })

  it('lets no step wait for itself or for a later one', () => {
    const plan = planIn({ steps: [step('echo', 'a', [1, 2, 99, -1]), step('echo', 'b', [2, 1])] })
    expect(plan.map(({ after }) => after)).toEqual([[], [0]])
  })
})
