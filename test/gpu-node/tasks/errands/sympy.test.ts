import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readWheels } from '../../../../gpu-node/tasks/errands/python-wheels.ts'
import { type NodeSandboxes, prepareSandboxes } from '../../../../gpu-node/tasks/prepare.ts'
import { createLogger } from '../../../../shared/log.ts'
import type { ErrandEvent, ErrandKind } from '../../../../shared/tasks/errands.ts'
import { errandStart } from '../../../support/errand-frames.ts'
import { eventually } from '../../../support/eventually.ts'
import { hasSympy, packSympy } from './sympy-setup.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchyard-sympy-'))
let sandboxes: NodeSandboxes | undefined

beforeAll(async () => {
  const given = join(folder, 'wheels')
  mkdirSync(given)
  const wheels = await readWheels(given, packSympy(given))
  // What was checked is what is used: the owner's files are not looked at again.
  rmSync(given, { recursive: true })
  const wishes = { slots: 1, python: true, wheels, stateDir: folder, edge: 'http://127.0.0.1' }
  sandboxes = await prepareSandboxes(
    wishes,
    createLogger(() => {}),
  )
}, 180_000)
afterAll(async () => {
  await sandboxes?.errands.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Has the node do one errand, as an edge does. */
async function ask(kind: ErrandKind, input: string, limitMs = 20_000) {
  const said: ErrandEvent[] = []
  const link = sandboxes?.errands.attach((event) => said.push(event))
  link?.receive(errandStart({ kind, input, limitMs }))
  await eventually(() => expect(said).toHaveLength(1))
  return said[0]
}

/** Uses SymPy, and leaves it in ruins. */
const PROGRAM = `
import mpmath, sympy
print(sympy.__name__)
sympy.integrate = sympy.diff = None
open("/packages/sympy.whl", "w").write("ruins")
`

it.skipIf(hasSympy)(
  'skips SymPy itself in the sandbox: Debian’s python3-sympy is not here, and something stands for it',
  () => {
    expect(hasSympy).toBe(false)
  },
)

describe('a node that has SymPy', () => {
  it('offers it, and holds no process ready for it', () => {
    expect(sandboxes?.errands.offer.kinds).toEqual(['math', 'python', 'sympy', 'python_sympy'])
    for (const kind of ['math', 'sympy'] as const) sandboxes?.errands.prepare(kind)
    expect(sandboxes?.errands.spare('math')).toBeDefined()
    expect(sandboxes?.errands.spare('sympy')).toBeUndefined()
  })

  it('has it for a program, and for a question whatever a program before has made of it', async () => {
    expect(await ask('python_sympy', PROGRAM)).toMatchObject({ output: 'sympy\n5\n', failed: false })
    expect(await ask('sympy', 'integral of x^2')).toMatchObject({ output: 'x^3/3 + C', failed: false })
  }, 60_000)

  it.runIf(hasSympy)(
    'finds what the calculator does not',
    async () => {
      const question = 'integral of 1/(x^4 + 1)'
      expect(await ask('math', question)).toMatchObject({ failed: true, notFound: true })
      expect(await ask('sympy', question)).toMatchObject({
        ...{ output: expect.stringMatching(/atan\(sqrt\(2\) \* x - 1\)\/4.* \+ C$/), failed: false },
      })
    },
    60_000,
  )

  it('stops it at its limits', async () => {
    const end = await ask('sympy', 'expand (a + b + c + d + f + g)^200', 1_000)
    expect(end).toMatchObject({ type: 'errand.error', code: expect.stringMatching(/^(time|memory)_limit$/) })
  }, 60_000)
})
