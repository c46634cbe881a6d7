import { inject } from 'vitest'
import { EdgeClient } from './edge-client.ts'

/** The edge of `shared-stack.ts`, whose one node is called attic and serves the starter model in four slots. */
export async function sharedEdge(): Promise<EdgeClient> {
  const response = await fetch(inject('sharedStack'))
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return new EdgeClient(text)
}
