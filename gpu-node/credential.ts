import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { Sha256 } from '../shared/sha256.ts'
import { OperatorError } from './operator-error.ts'

const Identity = z.object({
  nodeId: z.string().min(1),
  credential: z.string().min(1),
  /** SHA-256 of the join token that it was exchanged for; credentials of older releases have none. */
  tokenHash: Sha256.optional(),
})

/** The identity that an edge gave this node in exchange for a join token. */
export type Identity = z.infer<typeof Identity>

/** One identity for each edge's origin, so that a state folder can move between edges without losing one. */
const IdentityFile = z.record(z.string(), Identity)

const fileIn = (stateDir: string): string => join(stateDir, 'credential.json')

async function readAll(path: string): Promise<z.infer<typeof IdentityFile>> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '{}'
    throw new OperatorError(`The credential file ${path} cannot be read (${thrown.code}).`, { cause: thrown })
  })
  try {
    return IdentityFile.parse(JSON.parse(text))
  } catch (thrown) {
    // Not overwritten: it may hold the only credentials of other edges.
    throw new OperatorError(`The credential file ${path} is damaged: move it away and join again.`, {
      cause: thrown,
    })
  }
}

export async function findIdentity(stateDir: string, edge: string): Promise<Identity | undefined> {
  const all = await readAll(fileIn(stateDir))
  return Object.hasOwn(all, edge) ? all[edge] : undefined
}

/** Stores it for its owner alone. A crash leaves the old file or the new one, never half of one. */
export async function saveIdentity(stateDir: string, edge: string, identity: Identity): Promise<void> {
  const path = fileIn(stateDir)
  const text = JSON.stringify({ ...(await readAll(path)), [edge]: identity }, null, 2)
  const temporary = `${path}.${randomUUID()}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(temporary, 'wx', 0o600)
    await file.writeFile(`${text}\n`)
    await file.sync()
    await file.close()
    await rename(temporary, path)
  } catch (thrown) {
    await rm(temporary, { force: true })
    throw new OperatorError(`The credential cannot be stored in ${stateDir}.`, { cause: thrown })
  }
}
