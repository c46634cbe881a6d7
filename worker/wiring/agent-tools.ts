import { currentTime } from '../services/agent-tools/current-time.ts'
import { createToolbox } from '../services/agent-tools/toolbox.ts'
import type { Ground } from './ground.ts'

/** The tools that runs of agents use. */
export function wireAgentTools({ log }: Ground) {
  return { toolbox: createToolbox({ tools: [currentTime], log }) }
}
