import { setTimeout as sleep } from 'node:timers/promises'

/** Longest time that a file is waited for: several times as long as a slow machine takes. */
const READY_LIMIT_MS = 5 * 60_000
const SAMPLE_MS = 100

interface Uploaded {
  id: string
  status: string
}

/** How long it takes until searches find a file: its answer waits for that, up to 20 seconds. Rejects where it takes too long. */
export async function readyMs(
  { origin, apiKey }: { origin: string; apiKey: string },
  file: File,
  stop: AbortSignal,
  limitMs = READY_LIMIT_MS,
): Promise<number> {
  stop.throwIfAborted()
  const limit = AbortSignal.timeout(limitMs)
  const signal = AbortSignal.any([stop, limit])
  const form = new FormData()
  form.append('purpose', 'user_data')
  form.append('file', file)
  const started = performance.now()
  const headers = { authorization: `Bearer ${apiKey}` }
  try {
    const response = await fetch(`${origin}/v1/files`, { method: 'POST', headers, body: form, signal })
    let uploaded = (await response.json()) as Uploaded
    while (uploaded.status === 'uploaded') {
      await sleep(SAMPLE_MS, undefined, { signal })
      const again = await fetch(`${origin}/v1/files/${uploaded.id}`, { headers, signal })
      uploaded = (await again.json()) as Uploaded
    }
    const ms = performance.now() - started
    if (uploaded.status !== 'processed') throw new Error(`${file.name} was not read: ${uploaded.status}`)
    return ms
  } catch (thrown) {
    if (!limit.aborted || stop.aborted) throw thrown
    throw new Error(`${file.name} was not read within ${limitMs / 1_000} seconds.`)
  }
}
