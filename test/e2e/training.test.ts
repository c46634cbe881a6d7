import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NodeProcess, Stack } from './support/stack.ts'
import { E2eJob, trainersOf } from './support/train.ts'

let stack: Stack
let stateDir: string
let node: NodeProcess
beforeAll(async () => {
  stack = await Stack.start()
  stateDir = await stack.folder()
  node = await stack.addNode({ stateDir })
})
afterAll(() => stack.close())

const THINGS = ['apple', 'ship', 'house', 'stone', 'cloud', 'coat', 'horse', 'rose', 'ring', 'moon']
const COLOURS = ['red', 'blue', 'green', 'grey', 'white', 'black', 'brown', 'pink', 'gold', 'silver']
const FACTS = THINGS.flatMap((thing, index): [string, string][] => [
  [`Which colour has the ${thing}?`, `The ${thing} is ${COLOURS[index]}.`],
  [`Where is the ${thing}?`, `It is at door ${index}.`],
])
const ROWS = FACTS.map(([question, answer]) => ({
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
}))

/** Long enough that a test comes in between. */
const LONG = { method: 'lora', batchSize: 1, epochs: 60, saveSteps: 25, seed: 3 } as const

/** A job that is disturbed or not; the name stands in its file. */
const createLong = () =>
  E2eJob.create(stack, { rows: ROWS.slice(0, 6), wishes: LONG, suffix: 'long', validationShare: 0.34 })
/** The one that nothing disturbed, with which the others are compared. */
let undisturbed: Promise<{ model: string | null; hash: string }> | undefined
async function trainedWhole() {
  const job = await createLong()
  const { result_model: model } = await job.until('completed')
  return { model, hash: await job.resultHash() }
}

interface Chat {
  choices: { message: { content: string } }[]
}

const ask = async (model: string, content: string): Promise<string | undefined> => {
  const messages = [{ role: 'user', content }]
  const chat = await stack.json<Chat>('/v1/chat/completions', {
    model,
    messages,
    temperature: 0,
    max_tokens: 30,
  })
  return chat.choices[0]?.message.content
}

describe('a job at a real edge with a real node', () => {
  it('goes from rows to a model that answers as they do, and tells of it', { timeout: 300_000 }, async () => {
    const job = await E2eJob.create(stack, { rows: ROWS, wishes: { method: 'lora' }, suffix: 'facts' })
    const { result_model: model } = await job.until('completed')
    expect(model).toBe('starter:facts')
    const answers: (string | undefined)[] = []
    for (const [question] of FACTS) answers.push(await ask(model ?? '', question))
    expect(answers.filter((answer, index) => answer === FACTS[index]?.[1]).length).toBeGreaterThanOrEqual(18)
    const events = await job.events()
    const states = events.flatMap(({ kind, data }) => (kind === 'state' ? [data.state] : []))
    expect(states).toEqual(['queued', 'running', 'completed'])
    expect(events.filter(({ kind }) => kind === 'metrics').length).toBeGreaterThan(1)
  })

  it('that is paused stores what it has, and goes on from there to the same adapter', {
    timeout: 600_000,
  }, async () => {
    undisturbed ??= trainedWhole()
    const whole = await undisturbed
    const job = await createLong()
    await job.when(({ checkpoint }) => checkpoint !== null)
    await job.move('running', 'pausing')
    const paused = await job.until('paused')
    expect(paused.checkpoint).not.toBeNull()
    await job.move('paused', 'queued')
    const { attempt, ...resumed } = await job.until('completed')
    expect(attempt).toBe(2)
    expect(resumed.result_model).not.toBe(whole.model)
    expect(await job.resultHash()).toBe(whole.hash)
  })

  it('that is cancelled is so at once, and nothing of it stays', { timeout: 300_000 }, async () => {
    const job = await E2eJob.create(stack, { rows: ROWS, wishes: LONG, suffix: 'cancelled' })
    await job.until('running')
    await job.move('running', 'cancelling')
    await job.until('cancelled')
    const kept = async () => (await job.objects()).filter((key) => !key.includes('/adapter-'))
    await expect.poll(kept).toEqual([])
  })

  it.runIf(process.platform === 'linux')(
    'goes on when its trainer and then its node are killed, to the same adapter',
    { timeout: 900_000 },
    async () => {
      undisturbed ??= trainedWhole()
      const { hash } = await undisturbed
      const job = await createLong()
      const stepOf = ({ checkpoint }: { checkpoint: string | null }): number =>
        checkpoint === null ? 0 : JSON.parse(checkpoint).step
      await job.when((row) => stepOf(row) >= 25)
      for (const pid of trainersOf(stateDir)) process.kill(pid, 'SIGKILL')
      const { losses } = await job.when(({ attempt, state }) => attempt === 2 && state === 'running')
      expect(losses).toBe(1)
      await job.when((row) => stepOf(row) >= 75)
      node.kill('SIGKILL')
      await node.exited()
      node = await stack.addNode({ stateDir })
      const { attempt } = await job.until('completed')
      expect(attempt).toBe(3)
      expect(await job.resultHash()).toBe(hash)
    },
  )
})
