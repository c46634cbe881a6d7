import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import type { ErrandKind } from '../../shared/tasks/errands.ts'
import { findDeno } from './deno.ts'
import { NodeErrands } from './errands/node-errands.ts'
import { keepPythonMemory } from './errands/python-memory.ts'
import { keepWheels, type PythonWheels } from './errands/python-wheels.ts'
import { keptBundle, SHARED_BUNDLES } from './kept-bundle.ts'
import { NodeTasks } from './node-tasks.ts'
import type { SandboxPlace } from './sandbox-program.ts'

/** As an operator wishes it. */
export interface SandboxWishes {
  /** Tasks at the same time; 0 for none, and for no errands either. */
  slots: number
  /** Whether programs in Python run here. */
  python: boolean
  /** SymPy, where the operator gives it. */
  wheels?: PythonWheels | undefined
  stateDir: string
  /** The edge's origin. */
  edge: string
}

/** The parts of a node that run in sandboxes. */
export interface NodeSandboxes {
  tasks: NodeTasks
  errands: NodeErrands
  /**
   * Has processes ready for the first errands. That is seconds of computing, the first time on a machine more: it waits until
   * the node is linked, as nobody can give it an errand before.
   */
  warm(): void
}

/** Makes ready what tasks and errands need. Undefined where none are wanted; with a sentence in the log, where this machine runs none. */
export async function prepareSandboxes(
  { slots, python, wheels, stateDir, edge }: SandboxWishes,
  log: Logger,
): Promise<NodeSandboxes | undefined> {
  if (slots === 0) return undefined
  const refuse = (cause: string): undefined => {
    log.warn('tasks.none', { cause })
    return undefined
  }
  const deno = findDeno()
  if (deno === undefined)
    return refuse(
      'Tasks run in Deno, which npm has not installed for this machine: npm install, without --omit=optional.',
    )
  const folder = join(stateDir, 'tasks')
  let bundle: string
  try {
    // What a node that was killed has left in it goes. Its processes have ended by themselves.
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Beside a package that this node may not write, its own folder is the place.
    bundle = await keptBundle(SHARED_BUNDLES).catch(() => keptBundle(join(stateDir, 'sandbox')))
  } catch (thrown) {
    return refuse(causeOf(thrown))
  }
  const packages = python && wheels ? await preparePackages(wheels, { deno, bundle }, log) : undefined
  const place = { deno, bundle, packages }
  const kinds: ErrandKind[] = ['math']
  if (python) kinds.push('python')
  if (packages !== undefined) kinds.push('sympy', 'python_sympy')
  const errands = new NodeErrands({ ...place, kinds, log })
  let isWarm = false
  const warm = () => {
    if (isWarm) return
    isWarm = true
    errands.prepare('math')
    if (python) void preparePython(errands, { deno, bundle }, log)
  }
  return { tasks: new NodeTasks({ slots, edge, folder, ...place, log }), errands, warm }
}

async function preparePython(errands: NodeErrands, place: SandboxPlace, log: Logger): Promise<void> {
  await keepPythonMemory(place).catch((thrown) => log.warn('python.no_memory', { cause: causeOf(thrown) }))
  errands.prepare('python')
}

/** Their name in the bundle once a Python has begun with them, which is when they are offered; undefined where none does. */
export async function preparePackages(
  wheels: PythonWheels,
  place: SandboxPlace,
  log: Logger,
): Promise<string | undefined> {
  try {
    await keepWheels(place.bundle, wheels)
    await keepPythonMemory({ ...place, packages: wheels.name })
    return wheels.name
  } catch (thrown) {
    log.warn('sympy.none', { cause: causeOf(thrown) })
    return undefined
  }
}
