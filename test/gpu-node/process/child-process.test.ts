import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HEAP_FLAGS } from '../../../gpu-node/engine/child/supervisor.ts'
import {
  type ChildEnd,
  ChildProcess,
  MAX_OUTPUT_LENGTH,
  NATIVE_FLAGS,
  STOP_LIMIT_MS,
  TERMINATE_LIMIT_MS,
} from '../../../gpu-node/process/child-process.ts'
import { CHILD_SILENCE_LIMIT_MS, THAW_GRACE_MS } from '../../../gpu-node/process/vigil.ts'
import type { FromSmallChild, ToSmallChild } from './small-child.ts'

const START_LIMIT_MS = 60_000

afterEach(() => vi.useRealTimers())

/** Only timers are ours: the process and what it says are real. */
const stopClock = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })

function start(environment: NodeJS.ProcessEnv = {}, flags?: readonly string[]) {
  const ended = Promise.withResolvers<ChildEnd>()
  const written = Promise.withResolvers<string>()
  let hear: (message: FromSmallChild) => void = () => {}
  const child = new ChildProcess<ToSmallChild, FromSmallChild>({
    file: fileURLToPath(new URL('./small-child.ts', import.meta.url)),
    environment,
    flags,
    startLimitMs: START_LIMIT_MS,
    stopMessage: { type: 'stop' },
    onMessage: (message) => hear(message),
    onOutput: written.resolve,
    onError: ended.reject,
    onEnd: ended.resolve,
  })
  const ask = (question: ToSmallChild) =>
    new Promise<FromSmallChild>((resolve) => {
      hear = resolve
      child.send(question)
    })
  return { child, ask, ended: ended.promise, written: written.promise }
}

describe('a child process', () => {
  it('answers, sees the environment that it was given and no other, and has a folder while it lives', async () => {
    process.env.SWITCHYARD_TEST_SECRET = 'secret'
    const { child, ask, ended } = start({ COLOUR: 'blue' })
    delete process.env.SWITCHYARD_TEST_SECRET
    expect(await ask({ type: 'tell', variable: 'COLOUR' })).toEqual({ type: 'told', value: 'blue' })
    expect(await ask({ type: 'tell', variable: 'SWITCHYARD_TEST_SECRET' })).toMatchObject({ value: null })
    expect(await ask({ type: 'find', folder: child.scratchDir })).toEqual({ type: 'found', isThere: true })
    child.ready()
    await child.stop()
    expect(await ended).toMatchObject({ cause: 'ended', wasReady: true, code: 0, signal: null })
    expect(existsSync(child.scratchDir)).toBe(false)
    await child.stop() // and once more, of one that is gone
  })

  it('is started with the flags of native code, and with its own', async () => {
    const { child, ask } = start({}, HEAP_FLAGS)
    expect(await ask({ type: 'flags' })).toEqual({ type: 'flagged', flags: [...NATIVE_FLAGS, ...HEAP_FLAGS] })
    await child.stop()
  })

  it('tells that it ended by itself, and how', async () => {
    const { child, ended } = start()
    child.send({ type: 'exit', code: 7 })
    expect(await ended).toMatchObject({ cause: 'ended', wasReady: false, code: 7 })
  })

  it('has what it writes handed on, no more than the limit at a time', async () => {
    const { child, written } = start()
    child.send({ type: 'write', text: `  ${'a'.repeat(MAX_OUTPUT_LENGTH + 1)}\n` })
    expect(await written).toBe('a'.repeat(MAX_OUTPUT_LENGTH))
    await child.stop()
  })

  it('is ended by SIGTERM when it does not obey in time, and not before', async () => {
    const { child, ask, ended } = start()
    await ask({ type: 'ignore', signals: [] })
    stopClock()
    const stopped = child.stop()
    vi.advanceTimersByTime(STOP_LIMIT_MS - 1)
    expect(await ask({ type: 'tell', variable: 'COLOUR' })).toMatchObject({ type: 'told' })
    vi.advanceTimersByTime(1)
    await stopped
    expect(await ended).toMatchObject({ cause: 'ended', signal: 'SIGTERM' })
  })

  it('is killed when it ignores that too', async () => {
    const { child, ask, ended } = start()
    await ask({ type: 'ignore', signals: ['SIGTERM'] })
    stopClock()
    const stopped = child.stop()
    vi.advanceTimersByTime(STOP_LIMIT_MS + TERMINATE_LIMIT_MS - 1)
    expect(await ask({ type: 'tell', variable: 'COLOUR' })).toMatchObject({ type: 'told' })
    vi.advanceTimersByTime(1)
    await stopped
    expect(await ended).toMatchObject({ signal: 'SIGKILL' })
  })

  it('is killed when it is silent for too long before it is ready', async () => {
    stopClock()
    const { child, ask, ended } = start()
    vi.advanceTimersByTime(START_LIMIT_MS - 1)
    await ask({ type: 'tell', variable: 'COLOUR' }) // a sign of life: the limit begins anew
    vi.advanceTimersByTime(START_LIMIT_MS - 1)
    await ask({ type: 'tell', variable: 'COLOUR' })
    vi.advanceTimersByTime(START_LIMIT_MS)
    expect(await ended).toMatchObject({ cause: 'late', wasReady: false, signal: 'SIGKILL' })
    expect(existsSync(child.scratchDir)).toBe(false)
  })

  it('is killed when it freezes once it is ready', async () => {
    stopClock()
    const { child, ask, ended } = start()
    await ask({ type: 'tell', variable: 'COLOUR' })
    child.ready()
    vi.advanceTimersByTime(CHILD_SILENCE_LIMIT_MS + THAW_GRACE_MS - 1)
    await ask({ type: 'tell', variable: 'COLOUR' })
    vi.advanceTimersByTime(CHILD_SILENCE_LIMIT_MS)
    vi.advanceTimersByTime(THAW_GRACE_MS)
    expect(await ended).toMatchObject({ cause: 'frozen', wasReady: true, signal: 'SIGKILL' })
  })
})
