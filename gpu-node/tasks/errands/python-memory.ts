import { randomUUID } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type SandboxPlace, startSandbox } from '../sandbox-program.ts'

/** How long the making of that memory may take. */
const MAKING_LIMIT_MS = 120_000

/**
 * Keeps the memory of a Python that is ready in the bundle, with the packages of the place where it has some, unless it is
 * there already: whole or not at all. Without it Python takes some seconds to begin, and works as well.
 */
export async function keepPythonMemory(place: SandboxPlace): Promise<void> {
  const { bundle, packages } = place
  const path = join(bundle, 'python', packages ?? '', 'memory.bin')
  if (existsSync(path)) return
  const making = `${path}-${randomUUID()}`
  const child = startSandbox(place, [
    'python-memory.mjs',
    'memory',
    ...(packages === undefined ? [] : [packages]),
  ])
  const limit = setTimeout(() => child.kill('SIGKILL'), MAKING_LIMIT_MS)
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2_000)
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  try {
    child.on('error', (error) => {
      words += error.message // it could not be started; its end follows
    })
    await pipeline(child.stdout, createWriteStream(making, { mode: 0o600 }))
    if ((await closed) !== 0) throw new Error(words || 'The process that makes the memory of Python failed.')
    await rename(making, path)
  } finally {
    clearTimeout(limit)
    await rm(making, { force: true })
  }
}
