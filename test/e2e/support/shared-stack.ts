import type { TestProject } from 'vitest/node'
import { buildConsole } from '../../../scripts/console/build.ts'
import { onDemand } from './on-demand.ts'
import { Stack } from './stack.ts'

async function start(): Promise<Stack> {
  await buildConsole()
  const stack = await Stack.start()
  await stack.addNode()
  return stack
}

/** One edge with one node for all files that change nothing which another one sees. It starts when the first asks for it. */
export const setup = (project: TestProject): Promise<() => Promise<void>> =>
  onDemand(project, 'sharedStack', start)
