import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import type { EdgeCommand } from '../../../../shared/wire.ts'
import { TaskFrames } from '../../../../worker/durable/link/task-frames.ts'
import { nodeHello } from '../../../support/frames.ts'
import { taskStart } from '../../../support/task-frames.ts'

const TASK = { taskId: '0'.repeat(24), attempt: 2 }

function setUp({ offers = true, counts = true } = {}) {
  const sent: EdgeCommand[] = []
  const told: object[] = []
  const works: Promise<unknown>[] = []
  let link: { linkId: string; nodeId: string } | undefined = { linkId: 'l', nodeId: 'n' }
  const frames = new TaskFrames({
    reports: () => ({
      hear: async (nodeId, event) => {
        told.push({ nodeId, ...event })
        return counts
      },
      lost: async (nodeId) => void told.push({ lost: nodeId }),
      ring: async () => void told.push({ rings: true }),
    }),
    link: () => link,
    hello: () => nodeHello(offers ? { tasks: { kinds: ['extract'], slots: 1 } } : {}),
    send: (command) => sent.push(command),
    waitUntil: (work) => works.push(work),
    log: createLogger(() => {}),
  })
  return {
    frames,
    sent,
    told,
    relink: (linkId?: string) => {
      link = linkId === undefined ? undefined : { linkId, nodeId: 'n' }
    },
    settled: () => Promise.all(works),
  }
}

const progress = { type: 'task.progress', ...TASK } as const

describe('frames of tasks', () => {
  it('are written down with the node that says them', async () => {
    const { frames, sent, told, settled } = setUp()
    expect(frames.receive({ ...progress, done: 1, total: 2 })).toBeUndefined()
    await settled()
    expect(told).toEqual([{ nodeId: 'n', ...progress, done: 1, total: 2 }])
    expect(sent).toEqual([])
  })

  it('of an attempt that does not count are answered with a cancel, on the same link alone', async () => {
    const { frames, sent, relink, settled } = setUp({ counts: false })
    frames.receive(progress)
    await settled()
    expect(sent).toEqual([{ type: 'task.cancel', ...TASK }])
    frames.receive(progress)
    relink('another')
    await settled()
    expect(sent).toHaveLength(1)
  })

  it('tell nobody a path of the node’s machine', async () => {
    const { frames, told } = setUp()
    const message = 'It cannot open /srv/attic/tasks/a.pdf.'
    frames.receive({ type: 'task.error', ...TASK, code: 'bytes', message })
    expect(told).toMatchObject([{ message: expect.stringMatching(/^It cannot open \[path]/) }])
  })

  it('of a node that said nothing of tasks are a fault, and so is a task that cannot be', () => {
    expect(setUp({ offers: false }).frames.receive(progress)).toMatch(/hello said nothing/)
    expect(setUp().frames.receive({ ...progress, taskId: '../x' })).toMatch(/taskId/)
  })

  it('are forgotten with a link: its tasks go elsewhere, and a new one is given some', async () => {
    const { frames, told } = setUp()
    frames.lost('n')
    frames.greet('n')
    expect(told).toEqual([{ lost: 'n' }, { lost: 'n' }, { rings: true }])
    const quiet = setUp({ offers: false })
    quiet.frames.greet('n')
    expect(quiet.told).toEqual([{ lost: 'n' }])
  })
})

describe('a command', () => {
  it('is sent to a node that is there and runs tasks', () => {
    const { frames, sent, relink } = setUp()
    expect(frames.command(taskStart())).toBe(true)
    relink()
    expect(frames.command(taskStart())).toBe(false)
    expect(sent).toEqual([taskStart()])
    expect(setUp({ offers: false }).frames.command(taskStart())).toBe(false)
  })
})
