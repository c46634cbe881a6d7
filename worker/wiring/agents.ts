import { createAgentRuns } from '../services/agents/agent-runs.ts'
import { createModelSizes } from '../services/agents/model-sizes.ts'
import type { Directory } from '../services/pool/directory.ts'
import type { Ground } from './ground.ts'

/** Runs of agents, and which models can decide for themselves. */
export const wireAgents = (
  { config, db, stubs, webhookEvents, later, log }: Ground,
  { places, directory }: { places: () => readonly string[]; directory: Directory },
) => ({
  agentRuns: createAgentRuns({ db, agentRun: stubs.agentRun, webhookEvents, places, later, log }),
  modelSizes: createModelSizes(directory, config.GUIDED_BELOW_WEIGHTS),
})
