import { createHostedTools, type HostedServices } from '../services/responses/hosted/hosted-tools.ts'
import type { ResponseRunServices } from '../services/responses/response-run.ts'
import { createResponses, type ResponsesOptions } from '../services/responses/responses.ts'
import type { Ground } from './ground.ts'

/** OpenAI's Responses. */
export const wireResponses = (
  { db, stubs, later, log }: Ground,
  {
    hosted,
    ...others
  }: Pick<ResponsesOptions, 'inference' | 'countQuery' | 'places'> & { hosted: HostedServices },
) =>
  createResponses({
    db,
    responseRun: stubs.responseRun,
    later,
    log,
    ...others,
    makeHosted: createHostedTools(hosted),
  })

/** The services of a response that goes on without its reader. */
export const createResponseRunServices = ({
  responses: { run },
  locate,
  log,
}: {
  responses: ReturnType<typeof wireResponses>
} & Pick<ResponseRunServices, 'locate' | 'log'>): ResponseRunServices => ({ ...run, locate, log })
