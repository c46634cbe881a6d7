import { AppError } from '../../shared/errors.ts'
import type { RunServices } from '../durable/agent-run/agent-run-object.ts'
import { guided } from '../services/agents/guided/guided.ts'
import { planExecute } from '../services/agents/loops/plan-execute.ts'
import { react } from '../services/agents/loops/react.ts'
import { createRunModel } from '../services/agents/run-model.ts'
import type { Services } from '../wiring.ts'

/** The services of one run. */
export function createRunServices(services: Services): RunServices {
  const { agentRuns, inferenceMeteredBy, usage, toolbox, keys, dayTokens, documents, locate, log } = services
  return {
    modelFor: (spec, meter) => createRunModel(inferenceMeteredBy(meter), spec),
    spend: usage.spend,
    writeCalls: usage.writeKept,
    toolbox,
    loops: { react, plan_execute: planExecute, guided },
    async stillMay({ accountId, keyId }, documentIds) {
      const [key, tokens, known] = await Promise.all([
        keyId !== null && keys.findById(keyId),
        dayTokens(accountId),
        documentIds.length > 0 && documents.known(accountId, documentIds),
      ])
      if (key === undefined)
        throw new AppError('unauthenticated', 'The API key that began the run was revoked.')
      if (tokens === 'spent') throw new AppError('limit_exceeded', "The day's tokens of the plan are spent.")
      if (tokens === 'closed')
        throw new AppError('forbidden', 'The account, or the deployment, runs no models now.')
      if (known && documentIds.some((id) => !known.has(id)))
        throw new AppError('not_found', 'A document that the run has read was deleted.')
    },
    locate,
    note: agentRuns.note,
    end: agentRuns.end,
    log,
  }
}
