import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runNode } from '../../../gpu-node/node.ts'
import { prepareSandboxes } from '../../../gpu-node/tasks/prepare.ts'
import { createLogger } from '../../../shared/log.ts'
import { FakeEngine } from '../fake-engine.ts'
import { FakeEdge } from '../link/fake-edge.ts'

const stateDir = mkdtempSync(join(tmpdir(), 'switchyard-prepare-'))
afterAll(() => rmSync(stateDir, { recursive: true, force: true }))

const log = createLogger(() => {})

const prepare = (slots: number) =>
  prepareSandboxes({ slots, python: false, stateDir, edge: 'http://127.0.0.1:1' }, log)

describe('the sandboxes of a node', () => {
  it('are none where none are wished', async () => {
    expect(await prepare(0)).toBeUndefined()
  })

  // Their programs may have to be made first.
  it('compute nothing before the node is linked; then one process waits for the first errand, also after another link', {
    timeout: 60_000,
  }, async () => {
    const made = await prepare(1)
    if (!made) throw new Error('This machine runs no sandboxes.')
    const { tasks, errands, warm } = made
    try {
      // Python is switched off.
      expect(errands.offer.kinds).toEqual(['math'])
      expect(errands.spare('math')).toBeUndefined()
      warm()
      const spare = errands.spare('math')
      expect(spare?.pid).toBeGreaterThan(0)
      warm()
      expect(errands.spare('math')).toBe(spare)
    } finally {
      await Promise.all([tasks.close(), errands.close()])
    }
  })

  it('are made beside its engine, and it links when it has both', async () => {
    const edge = await FakeEdge.start()
    const [begun, stop] = [Promise.withResolvers<void>(), new AbortController()]
    const node = runNode(
      {
        ...{ edge: edge.origin, credential: 'secret', name: 'test', version: '1', log },
        hardware: { os: 'linux', arch: 'x64', cpu: 'test', cores: 2, memoryMiB: 1_024, gpus: [] },
        createEngine: async (emit) => {
          await begun.promise
          return new FakeEngine(emit)
        },
        prepareSandboxes: async () => {
          begun.resolve()
          return undefined
        },
      },
      stop.signal,
    )
    await (await edge.nextLink()).welcome()
    stop.abort()
    await node
    await edge.close()
  })
})
