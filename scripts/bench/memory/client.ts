import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatTarget, EventSplitter } from '../clients/chat-client.ts'
import { serve } from '../helper-process.ts'
import { memoryCall } from './calls.ts'

// The client's process of the memory bench: generations of every kind, some of which are left before their end.

export interface MemoryJob {
  target: ChatTarget
  model: string
  /** The first call's number. */
  from: number
  calls: number
  /** As many at the same time. */
  streams: number
}

export interface MemoryResult {
  answered: number
  cancelled: number
}

async function readToLeaving(response: Response, leave: AbortController, pieces: number): Promise<void> {
  const splitter = new EventSplitter()
  const decoder = new TextDecoder()
  let left = pieces
  for await (const bytes of response.body ?? []) {
    for (const data of splitter.take(decoder.decode(bytes, { stream: true }))) {
      if (data.startsWith('{"error"')) throw new Error(`The answer broke off: ${data.slice(0, 300)}`)
      left -= 1
      if (left === 0) leave.abort()
    }
  }
}

/** Resolves with whether the answer was read to its end. Rejects for a failure that is not the client's own leaving. */
async function run({ target, model }: MemoryJob, number: number): Promise<boolean> {
  const { body, leaving } = memoryCall(number)
  const leave = new AbortController()
  const timer = leaving && 'afterMs' in leaving ? sleep(leaving.afterMs).then(() => leave.abort()) : undefined
  try {
    const response = await fetch(`${target.origin}/v1/chat/completions`, {
      method: 'POST',
      signal: leave.signal,
      headers: { authorization: `Bearer ${target.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, seed: number, temperature: 0, ...body }),
    })
    if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).slice(0, 500)}`)
    const pieces = leaving && 'afterPieces' in leaving ? leaving.afterPieces : Number.POSITIVE_INFINITY
    await readToLeaving(response, leave, pieces)
    return true
  } catch (thrown) {
    if (leave.signal.aborted) return false
    throw thrown
  } finally {
    await timer
  }
}

async function runAll(job: MemoryJob): Promise<MemoryResult> {
  const result: MemoryResult = { answered: 0, cancelled: 0 }
  let next = job.from
  const stream = async () => {
    while (next < job.from + job.calls) {
      const number = next
      next += 1
      result[(await run(job, number)) ? 'answered' : 'cancelled'] += 1
    }
  }
  await Promise.all(Array.from({ length: job.streams }, stream))
  return result
}

const api = { runAll }
export type MemoryClientApi = typeof api

serve(api)
