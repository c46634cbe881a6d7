import { inject } from 'vitest'
import { EdgeClient } from './edge-client.ts'
import type { OnDemandKey } from './on-demand.ts'

/** The address of what the project's set-up starts when it is first asked for. */
export async function addressOf(key: OnDemandKey): Promise<string> {
  const response = await fetch(inject(key))
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}

/** The edge of `shared-stack.ts`, whose one node is called attic and serves the starter model in four slots. */
export const sharedEdge = async (): Promise<EdgeClient> => new EdgeClient(await addressOf('sharedStack'))
