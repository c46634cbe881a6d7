import { beforeEach, describe, expect, it } from 'vitest'
import { tasks as table } from '../../../../worker/db/tables/tasks.ts'
import { accountOf, db, newTask, setUp, taskNode } from './tasks-setup.ts'

beforeEach(async () => {
  await db.delete(table)
})

const account = async () => (await accountOf()).id

describe('a round', () => {
  it('gives a task with addresses for its files alone', async () => {
    const { tasks, given, sent } = setUp([taskNode('a')])
    const task = newTask(await account())
    await tasks.create(task)
    expect(sent).toMatchObject([{ type: 'give' }])
    await tasks.tick()
    expect(given).toMatchObject([
      {
        nodeId: 'a',
        taskId: task.id,
        attempt: 1,
        work: { kind: 'extract', options: { format: 'pdf' } },
        inputs: [{ name: 'file', bytes: 4 }],
        outputs: [{ name: 'pages', maxBytes: 100 }],
        limitMs: 60_000,
      },
    ])
    expect(await tasks.get(task.id)).toMatchObject({ state: 'running', attempt: 1 })
    expect(await tasks.isCurrent(task.id, 1)).toBe(true)
    expect(await tasks.isCurrent(task.id, 2)).toBe(false)
  })

  it('asks nodes that are there, offer the kind and have a slot free; the freest first', async () => {
    const { tasks, given } = setUp([
      taskNode('gone', 8, { linked: false }),
      taskNode('leaving', 8, { draining: true }),
      taskNode('other', 8, { kinds: ['fit'] }),
      taskNode('small', 1),
      taskNode('large', 3),
    ])
    const ada = await account()
    for (let count = 0; count < 6; count += 1) await tasks.create(newTask(ada))
    await tasks.tick()
    expect(given.map(({ nodeId }) => nodeId).toSorted()).toEqual(['large', 'large', 'large', 'small'])
    expect(given[0]?.nodeId).toBe('large')
  })

  it('takes turns among accounts, those that run counted', async () => {
    const [ada, bob] = [await account(), await account()]
    const { tasks, given, clock } = setUp([taskNode('a', 4)])
    const ofAda = [newTask(ada), newTask(ada), newTask(ada), newTask(ada), newTask(ada)]
    const ofBob = [newTask(bob), newTask(bob)]
    for (const task of [...ofAda, ...ofBob]) {
      clock.now += 1
      await tasks.create(task)
    }
    await tasks.tick()
    expect(given.map(({ taskId }) => taskId)).toEqual(
      [ofAda[0], ofBob[0], ofAda[1], ofBob[1]].map((task) => task?.id),
    )
  })

  it('fills no node above its slots, however many rounds there are at once', async () => {
    const nodes = [taskNode('a', 2)]
    const rounds = Array.from({ length: 4 }, () => setUp(nodes))
    for (let count = 0; count < 6; count += 1) await rounds[0]?.tasks.create(newTask(await account()))
    await Promise.all(rounds.map(({ tasks }) => tasks.tick()))
    expect(rounds.flatMap(({ given }) => given)).toHaveLength(2)
  })

  it('takes another node where one is not there, and loses no try by it; the owner is told of one that took it', async () => {
    const { tasks, given, begun, settled } = setUp([taskNode('away', 4), taskNode('here', 1)], ['away'])
    const task = newTask(await account())
    await tasks.create(task)
    await tasks.tick()
    await settled()
    expect(begun).toEqual([`documents ${task.id}`])
    expect(given).toMatchObject([{ nodeId: 'here', attempt: 2 }])
    expect(await tasks.get(task.id)).toMatchObject({ state: 'running', attempt: 2 })
  })

  it('is not held up by tasks of a kind that nobody runs', async () => {
    const { tasks, given } = setUp([taskNode('a', 1, { kinds: ['fit', 'dream'] })])
    const ada = await account()
    for (let count = 0; count < 3; count += 1) await tasks.create(newTask(ada))
    const fit = newTask(ada, { kind: 'fit', options: { dimensions: 2, precision: 'float32', seed: 1 } })
    await tasks.create(fit)
    await tasks.tick()
    expect(given).toMatchObject([{ taskId: fit.id }])
  })
})

describe('a kind', () => {
  it('can be run when a node that is there offers it, also one whose slots are taken', async () => {
    const { tasks } = setUp([taskNode('a', 1, { kinds: ['extract', 'dream'] })])
    await tasks.create(newTask(await account()))
    await tasks.tick()
    expect(await Promise.all([tasks.canRun('extract'), tasks.canRun('ocr')])).toEqual([true, false])
    expect(await setUp([taskNode('a', 1, { linked: false })]).tasks.canRun('extract')).toBe(false)
    expect(await setUp([taskNode('a', 1, { draining: true })]).tasks.canRun('extract')).toBe(false)
  })
})
