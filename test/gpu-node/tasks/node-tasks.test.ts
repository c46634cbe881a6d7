import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { NodeTasks } from '../../../gpu-node/tasks/node-tasks.ts'
import type { TaskEvent } from '../../../gpu-node/tasks/task-attempt.ts'
import { createLogger } from '../../../shared/log.ts'
import { eventually } from '../../support/eventually.ts'
import { isAlive } from '../../support/is-alive.ts'
import { pdfOf, textAt } from '../../support/pdf-file.ts'
import { taskStart } from '../../support/task-frames.ts'
import { sandboxes } from './bundle-setup.ts'

const PDF = pdfOf([{ drawing: textAt(72, 700, 'Hello.') }])
/** A program of a sandbox that ends by being killed alone: no test waits for its timer, each waits for the end it is given. */
const SLEEPER = 'await new Promise((resolve) => setTimeout(resolve, 60_000))'

let world: Awaited<ReturnType<typeof sandboxes>>
let server: Server
let edge: string
/** The answers of the bytes route, and all that it was sent, by token. */
const answers = new Map<string, number>()
const stored = new Map<string, string>()

beforeAll(async () => {
  world = await sandboxes()
  server = createServer(async (request, response) => {
    const token = decodeURIComponent(request.url?.split('/').at(-1) ?? '')
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const status = answers.get(token) ?? 200
    if (status !== 200) response.writeHead(status).end()
    else if (request.method === 'GET') response.end(PDF)
    else {
      stored.set(token, Buffer.concat(pieces).toString())
      response.writeHead(204).end()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  edge = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // the address of a TCP server is never a text
})
afterAll(() => {
  server.close()
  world.remove()
})

let number = 0
let tasks: NodeTasks
let folder: string
const pids: number[] = []

function open(slots: number, bundle = world.bundle): void {
  number += 1
  folder = join(world.folder, `tasks-${number}`)
  mkdirSync(folder)
  const log = createLogger(() => {})
  const onProcess = (pid: number) => void pids.push(pid)
  tasks = new NodeTasks({ slots, edge, folder, bundle, deno: world.deno, onProcess, log })
}

beforeEach(() => {
  answers.clear()
  stored.clear()
  pids.length = 0
  open(1)
})
afterEach(() => tasks.close())

const start = (digit: string, attempt = 1) =>
  taskStart({
    taskId: digit.repeat(24),
    attempt,
    inputs: [{ name: 'file', bytes: PDF.length, token: `in${digit}` }],
    outputs: [{ name: 'pages', maxBytes: 10_000, token: `out${digit}` }],
  })

function link() {
  const said: TaskEvent[] = []
  const own = tasks.attach((event) => said.push(event))
  const last = (digit: string) => said.filter(({ taskId }) => taskId === digit.repeat(24)).at(-1)
  const ended = (digit: string) => eventually(() => expect(last(digit)?.type).toMatch(/end|error/))
  return { said, own, last, ended }
}

describe('a task of a node', () => {
  it('fetches its file, reads it, stores what came of it, says so, and leaves nothing behind', async () => {
    const { said, own, last, ended } = link()
    own.receive(start('a'))
    expect(said).toEqual([{ type: 'task.progress', taskId: 'a'.repeat(24), attempt: 1 }])
    await ended('a')
    const bytes = Buffer.byteLength(stored.get('outa') ?? '')
    expect(last('a')).toMatchObject({
      type: 'task.end',
      attempt: 1,
      outputs: [{ name: 'pages', bytes }],
      figures: { pages: 1, characters: 6, processMs: expect.any(Number), peakMiB: expect.any(Number) },
    })
    expect(JSON.parse(stored.get('outa') ?? '')).toMatchObject({ page: 1 })
    await eventually(() => expect(readdirSync(folder)).toEqual([]))
  })

  it.each([
    ['fetched', 'ina', 404],
    ['stored', 'outa', 400],
    ['stored any more', 'outa', 409],
  ])(
    'says so when its file cannot be %s',
    async (_, token, status) => {
      answers.set(token, status)
      const { own, last } = link()
      own.receive(start('a'))
      await vi.waitFor(() => expect(last('a')).toMatchObject({ type: 'task.error', code: 'bytes' }), {
        timeout: 28_000,
      })
      await eventually(() => expect(readdirSync(folder)).toEqual([]))
    },
    30_000,
  )

  it('of more than there are slots waits its turn, and beyond that there is none', async () => {
    const { own, last, ended } = link()
    for (const digit of 'abc') own.receive(start(digit))
    expect([last('a')?.type, last('b')?.type]).toEqual(['task.progress', 'task.progress'])
    expect(last('c')).toMatchObject({ type: 'task.error', code: 'no_slot' })
    await ended('a')
    await ended('b')
    expect([last('a')?.type, last('b')?.type]).toEqual(['task.end', 'task.end'])
  })

  it('whose process is killed has died', async () => {
    open(1, world.programs(SLEEPER).bundle)
    const { own, last, ended } = link()
    own.receive(start('a'))
    await eventually(() => expect(pids).toHaveLength(1))
    process.kill(pids[0] ?? 0, 'SIGKILL')
    await ended('a')
    expect(last('a')).toMatchObject({ type: 'task.error', code: 'died' })
  })

  it.each([
    [
      'is cancelled',
      (own: ReturnType<NodeTasks['attach']>) =>
        own.receive({ type: 'task.cancel', taskId: 'a'.repeat(24), attempt: 1 }),
    ],
    ['loses its link', (own: ReturnType<NodeTasks['attach']>) => own.end()],
    ['loses its node', () => void tasks.close()],
  ])('that %s is gone with its process, and nothing more is said of it', async (_, stop) => {
    open(1, world.programs(SLEEPER).bundle)
    const { own, said } = link()
    own.receive(start('a'))
    await eventually(() => expect(pids).toHaveLength(1))
    const count = said.length
    stop(own)
    await eventually(() => expect(pids.filter(isAlive)).toEqual([]))
    await eventually(() => expect(readdirSync(folder)).toEqual([]))
    expect(said).toHaveLength(count)
  })

  it('that is begun anew ends the older attempt; an older one is not begun', async () => {
    open(1, world.programs(SLEEPER).bundle)
    const { own, said } = link()
    own.receive(start('a', 2))
    await eventually(() => expect(pids).toHaveLength(1))
    own.receive(start('a', 1))
    own.receive({ type: 'task.cancel', taskId: 'a'.repeat(24), attempt: 1 })
    own.receive(start('a', 3))
    await eventually(() => expect(pids.map(isAlive)).toEqual([false, true]))
    expect(said.map(({ attempt }) => attempt)).not.toContain(1)
  })
})

describe('a node that drains', () => {
  it('finishes what runs, and takes nothing new', async () => {
    const { own, last } = link()
    own.receive(start('a'))
    const drained = own.drain()
    own.receive(start('b'))
    expect(last('b')).toMatchObject({ type: 'task.error', code: 'no_slot' })
    await drained
    expect(last('a')).toMatchObject({ type: 'task.end' })
    expect(existsSync(folder)).toBe(true)
  })

  it('with nothing to do is drained at once', async () => {
    await link().own.drain()
    expect(tasks.offer).toEqual({ kinds: ['extract', 'ocr', 'fit'], slots: 1 })
  })
})
