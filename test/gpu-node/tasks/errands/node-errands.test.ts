import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { findDeno } from '../../../../gpu-node/tasks/deno.ts'
import { ERRAND_SLOTS, NodeErrands } from '../../../../gpu-node/tasks/errands/node-errands.ts'
import { createLogger } from '../../../../shared/log.ts'
import type { ErrandEvent } from '../../../../shared/tasks/errands.ts'
import { errandStart } from '../../../support/errand-frames.ts'
import { eventually } from '../../../support/eventually.ts'
import { isAlive } from '../../../support/is-alive.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchyard-errands-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => errands.close())

/** Speaks as the process of an errand does: `order()` waits for what it is to do. */
const SPEAKS = `
const say = (line) => Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(line) + '\\n'))
say({ ready: true })
const reader = Deno.stdin.readable.getReader()
const order = async () => JSON.parse(new TextDecoder().decode((await reader.read()).value))
const answer = (output, failed = false) => say({ output, failed })
`
const ECHO = `${SPEAKS} answer((await order()).input); Deno.exit(0)`
/** Ends by being killed alone: no test waits for it. */
const NEVER = `${SPEAKS} await order(); for (;;) await reader.read()`

let errands: NodeErrands
let pids: (number | undefined)[] = []
let number = 0

function open(program: string) {
  number += 1
  pids = []
  const bundle = join(folder, String(number))
  mkdirSync(bundle)
  writeFileSync(join(bundle, 'errand.mjs'), program)
  writeFileSync(join(bundle, 'main.mjs'), '')
  errands = new NodeErrands({
    ...{ deno: findDeno() ?? '', bundle, kinds: ['math'] as const, log: createLogger(() => {}) },
    onProcess: (pid) => pids.push(pid),
  })
  const said: ErrandEvent[] = []
  const link = errands.attach((event) => said.push(event))
  const start = (errandId: string, over = {}) => link.receive(errandStart({ errandId, ...over }))
  const told = (count: number) => eventually(() => expect(said).toHaveLength(count))
  return { link, said, start, told }
}

describe('the errands of a node', () => {
  it('are done each in a process of its own, and there is a spare before and after', async () => {
    const { said, start, told } = open(ECHO)
    errands.prepare('math')
    const spare = errands.spare('math')
    start('a', { input: 'hello' })
    await told(1)
    expect(said).toEqual([{ type: 'errand.end', errandId: 'a', output: 'hello', failed: false }])
    expect(pids).toEqual([spare?.pid])
    await eventually(() => expect(errands.spare('math')?.pid).toBeGreaterThan(0))
    start('b')
    await told(2)
    expect(new Set(pids).size).toBe(2)
  })

  it('beyond the slots are refused, and one of the same id twice is a fault of the edge', async () => {
    const { said, start } = open(NEVER)
    for (let at = 0; at < ERRAND_SLOTS; at += 1) expect(start(`e${at}`)).toBeUndefined()
    expect(start('e0')).toMatch(/already/)
    start('one more')
    expect(said).toMatchObject([{ type: 'errand.error', errandId: 'one more', code: 'no_slot' }])
    expect(start('another kind', { kind: 'python' })).toBeUndefined()
    expect(said.at(-1)).toMatchObject({ errandId: 'another kind', code: 'no_slot' })
  })

  it.each([
    [
      'cancelled',
      (link: { receive: (command: { type: 'errand.cancel'; errandId: string }) => void }) =>
        link.receive({ type: 'errand.cancel', errandId: 'a' }),
    ],
    ['left with their link', (link: { end: () => void }) => link.end()],
  ] as const)('that are %s are killed at once, and nothing is said of them', async (_, stop) => {
    const { link, said, start } = open(NEVER)
    start('a')
    await eventually(() => expect(pids[0]).toBeGreaterThan(0))
    const pid = pids[0] ?? 0
    stop(link)
    await eventually(() => expect(isAlive(pid)).toBe(false))
    expect(said).toEqual([])
  })

  it.each([
    ['takes too long', `${SPEAKS} await order(); for (;;);`, 'time_limit'],
    [
      'takes too much memory',
      `${SPEAKS} await order(); const kept = []; for (;;) kept.push(new Uint8Array(8e6).fill(1))`,
      'memory_limit',
    ],
    ['ends by itself', 'Deno.exit(1)', 'died'],
    ['ends before its answer', `${SPEAKS} await order(); Deno.exit(0)`, 'died'],
    [
      'answers before it is ready',
      `${SPEAKS.replace('say({ ready: true })', '')} answer('early'); await order()`,
      'died',
    ],
    [
      'answers with more than may be',
      `${SPEAKS} await order(); answer('x'.repeat(65_537)); await reader.read()`,
      'died',
    ],
    ['says what is no answer', `${SPEAKS} await order(); say({ output: 1 }); await reader.read()`, 'died'],
    ['floods', `${SPEAKS} await order(); for (;;) Deno.stdout.writeSync(new Uint8Array(65_536))`, 'died'],
  ])('whose process %s fail so', async (_, program, code) => {
    const { said, start, told } = open(program)
    start('a', { limitMs: code === 'time_limit' ? 500 : 20_000 })
    await told(1)
    expect(said).toMatchObject([{ type: 'errand.error', errandId: 'a', code }])
  })

  it('are finished by a node that drains, which takes no new ones', async () => {
    const { link, said, start } = open(ECHO)
    start('a')
    const drained = link.drain()
    start('b')
    await drained
    expect(said).toMatchObject([
      { errandId: 'b', code: 'no_slot' },
      { errandId: 'a', output: '1 + 1' },
    ])
  })
})
