import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  MAX_TASK_FILES,
  MAX_TASK_INPUT_BYTES,
  MAX_TASK_LIMIT_MS,
  MAX_TASK_OUTPUT_BYTES,
  TASK_LEASE_MS,
} from '../../../../shared/tasks/tasks.ts'
import { tasks as table } from '../../../../worker/db/tables/tasks.ts'
import { KEPT_MS, UNTOLD_KEPT_MS, UNTOLD_MS } from '../../../../worker/services/tasks/task-service.ts'
import { MAX_LOSSES } from '../../../../worker/services/tasks/task-store.ts'
import { accountOf, db, newTask, setUp, taskNode } from './tasks-setup.ts'

beforeEach(async () => {
  await db.delete(table)
})

/** A task that node a runs. */
async function running(nodes = [taskNode('a')]) {
  const world = setUp(nodes)
  const task = newTask((await accountOf()).id)
  await world.tasks.create(task)
  await world.tasks.tick()
  world.sent.length = 0
  const { id: taskId } = task
  const output = (attempt: number) => `out/${taskId}/${attempt}`
  const end = (attempt: number, bytes = 5, nodeId = 'a') =>
    world.reports.hear(nodeId, {
      type: 'task.end',
      ...{ taskId, attempt },
      outputs: [{ name: 'pages', bytes }],
      figures: { pages: 3 },
    })
  const fail = (code: string, attempt = 1) =>
    world.reports.hear('a', { type: 'task.error', taskId, attempt, code, message: 'It is so.' })
  return { ...world, task, taskId, output, end, fail, state: async () => await world.tasks.get(taskId) }
}

describe('a task', () => {
  it('is done when its node says so and its files are there; its owner is told once', async () => {
    const { end, deliver, ended, output, taskId, state, sent } = await running()
    await env.FILES.put(output(1), 'pages')
    expect(await end(1)).toBe(true)
    expect(sent).toMatchObject([{ type: 'ended', taskId }, { type: 'give' }])
    sent.push({ type: 'ended', taskId }) // queues deliver at least once
    await deliver()
    expect(ended).toMatchObject([
      {
        ...{ id: taskId, kind: 'extract', options: { format: 'pdf' }, owner: 'documents', state: 'done' },
        outputs: [{ name: 'pages', key: output(1), bytes: 5 }],
        figures: { pages: 3 },
      },
    ])
    expect(await state()).toMatchObject({ state: 'done' })
    expect(await env.FILES.head(output(1))).not.toBeNull()
  })

  it.each([
    ['is not there', undefined, 5],
    ['has another length', 'pages', 6],
    ['is longer than it may be', 'x'.repeat(101), 101],
  ])('is given out again when a file that its node tells of %s', async (_, body, bytes) => {
    const { end, output, state } = await running()
    if (body !== undefined) await env.FILES.put(output(1), body)
    expect(await end(1, bytes)).toBe(true)
    expect(await state()).toMatchObject({ state: 'queued' })
    expect(await env.FILES.head(output(1))).toBeNull()
  })

  it('has failed when the file is bad, with its reason, and leaves nothing behind', async () => {
    const { fail, deliver, ended, output, taskId, state } = await running()
    await env.FILES.put(output(1), 'pages')
    expect(await fail('encrypted')).toBe(true)
    await deliver()
    expect(ended).toMatchObject([
      { id: taskId, state: 'failed', error: { code: 'encrypted', message: 'It is so.' } },
    ])
    expect(await state()).toMatchObject({ state: 'failed', attempt: 1 })
    expect(await env.FILES.head(output(1))).toBeNull()
  })

  it(`is given out again when its process is lost, and has failed after ${MAX_LOSSES}`, async () => {
    const { fail, tasks, deliver, ended, state } = await running()
    expect(MAX_LOSSES).toBe(3)
    for (let attempt = 1; attempt < MAX_LOSSES; attempt += 1) {
      expect(await fail(attempt % 2 === 0 ? 'bytes' : 'died', attempt)).toBe(true)
      expect(await state()).toMatchObject({ state: 'queued', attempt })
      await tasks.tick()
    }
    expect(await fail('a code of a later version', MAX_LOSSES)).toBe(true)
    await deliver()
    expect(ended).toMatchObject([{ state: 'failed', attempt: MAX_LOSSES, error: { code: 'died' } }])
  })

  it('that no slot was free for is given out again, later, and counts no loss', async () => {
    const { fail, tasks, sent, state } = await running()
    for (let attempt = 1; attempt <= MAX_LOSSES + 1; attempt += 1) {
      expect(await fail('no_slot', attempt)).toBe(true)
      expect(sent).toMatchObject([{ type: 'give', delaySeconds: 5 }])
      sent.length = 0
      await tasks.tick()
    }
    expect(await state()).toMatchObject({ state: 'running', attempt: MAX_LOSSES + 2 })
  })

  it('goes to another node at the end of its lease, and not before', async () => {
    const { tasks, reports, clock, taskId, state } = await running()
    const alive = { type: 'task.progress', taskId, attempt: 1 } as const
    clock.now += TASK_LEASE_MS
    await tasks.tick()
    expect(await state()).toMatchObject({ state: 'running', attempt: 1 })
    expect(await reports.hear('a', alive)).toBe(true)
    clock.now += TASK_LEASE_MS + 1
    await tasks.tick()
    expect(await state()).toMatchObject({ state: 'running', attempt: 2 })
    expect(await reports.hear('a', alive)).toBe(false)
  })

  it('goes on elsewhere when the link of its node is lost; what was given to a newer link stays', async () => {
    const { reports, clock, state, tasks } = await running()
    await reports.lost('b', clock.now + 1)
    await reports.lost('a', clock.now)
    expect(await state()).toMatchObject({ state: 'running' })
    await reports.lost('a', clock.now + 1)
    expect(await state()).toMatchObject({ state: 'queued' })
    await tasks.tick()
    expect(await state()).toMatchObject({ state: 'running', attempt: 2 })
  })

  it('hears no other node, and no older attempt', async () => {
    const { end, fail, output, tasks, state } = await running()
    await env.FILES.put(output(1), 'pages')
    expect(await end(1, 5, 'b')).toBe(false)
    await fail('died')
    await tasks.tick()
    expect(await end(1)).toBe(false)
    expect(await fail('encrypted', 1)).toBe(false)
    expect(await state()).toMatchObject({ state: 'running', attempt: 2 })
  })

  it('that is cancelled is stopped on its node, told to nobody, and leaves nothing behind', async () => {
    const { tasks, stopped, settled, deliver, ended, output, end, taskId, state } = await running()
    await env.FILES.put(output(1), 'pages')
    await tasks.cancel(taskId)
    await tasks.cancel(taskId)
    await settled()
    await deliver()
    expect(stopped).toEqual([`a ${taskId} 1`])
    expect(await state()).toMatchObject({ state: 'cancelled' })
    expect(await env.FILES.head(output(1))).toBeNull()
    expect(await end(1)).toBe(false)
    expect(await tasks.isCurrent(taskId, 1)).toBe(false)
    expect(ended).toEqual([])
  })

  it('is there once, however often it is asked for', async () => {
    const { tasks, task, given } = await running()
    await tasks.create(task)
    await tasks.tick()
    expect(given).toHaveLength(1)
  })

  it.each([
    ['options of no such kind', { kind: 'extract', options: { format: 'xls' } }, /options\.format/],
    ['no input', { inputs: [] }, /1 to 4 files/],
    [
      'too many outputs',
      { outputs: Array(MAX_TASK_FILES + 1).fill({ name: 'a', key: 'b', maxBytes: 1 }) },
      /1 to 4/,
    ],
    ['an empty file', { inputs: [{ name: 'file', key: 'k', bytes: 0 }] }, /files of 1 to/],
    [
      'too large a file',
      { inputs: [{ name: 'file', key: 'k', bytes: MAX_TASK_INPUT_BYTES + 1 }] },
      /files of 1 to/,
    ],
    [
      'too large an output',
      { outputs: [{ name: 'a', key: 'k', maxBytes: MAX_TASK_OUTPUT_BYTES + 1 }] },
      /at most/,
    ],
    ['too long a time', { limitMs: MAX_TASK_LIMIT_MS + 1 }, /at most 600000 ms/],
  ])('is refused with %s', async (_, over, message) => {
    const { tasks } = setUp([])
    const task = { ...newTask((await accountOf()).id), ...over } as ReturnType<typeof newTask>
    await expect(tasks.create(task)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(message),
    })
    expect(await tasks.get(task.id)).toBeUndefined()
  })

  it('is taken at its limits', async () => {
    const { tasks } = setUp([])
    const task = newTask((await accountOf()).id, {
      inputs: Array(MAX_TASK_FILES).fill({ name: 'file', key: 'k', bytes: MAX_TASK_INPUT_BYTES }),
      outputs: Array(MAX_TASK_FILES).fill({ name: 'a', key: 'k', maxBytes: MAX_TASK_OUTPUT_BYTES }),
      limitMs: MAX_TASK_LIMIT_MS,
    })
    await tasks.create(task)
    expect(await tasks.get(task.id)).toMatchObject({ state: 'queued' })
  })
})

describe('the end of a task', () => {
  it('is told again by the clock where it could not be', async () => {
    const { fail, deliver, taker, tasks, ended, clock, sent } = await running()
    await fail('damaged')
    taker.fails = true
    await expect(deliver()).rejects.toThrow('not now')
    sent.length = 0
    clock.now += UNTOLD_MS
    await tasks.tick()
    expect(sent).toEqual([])
    clock.now += 1
    await tasks.tick()
    taker.fails = false
    await deliver()
    expect(ended).toHaveLength(1)
    await tasks.tick()
    expect(sent).toEqual([])
  })

  it('is forgotten after a day, with the files that nobody took', async () => {
    const { end, deliver, output, tasks, clock, state } = await running()
    await env.FILES.put(output(1), 'pages')
    await end(1)
    await deliver()
    clock.now += KEPT_MS
    expect(await tasks.sweep()).toBe(0)
    clock.now += 1
    expect(await tasks.sweep()).toBe(1)
    expect(await state()).toBeUndefined()
    expect(await env.FILES.head(output(1))).toBeNull()
  })

  it('that nobody wants to hear is forgotten after a week', async () => {
    const { fail, tasks, clock } = await running()
    await fail('damaged')
    clock.now += UNTOLD_KEPT_MS
    expect(await tasks.sweep()).toBe(0)
    clock.now += 1
    expect(await tasks.sweep()).toBe(1)
  })
})
