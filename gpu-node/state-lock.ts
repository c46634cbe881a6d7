import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { causeOf } from '../shared/failure-cause.ts'
import { OperatorError } from './operator-error.ts'

const FILE = 'node.lock'

/** SQLite's code for a file that another process has locked. */
const SQLITE_BUSY = 5

/** Locks that are held: one that nothing refers to would be let go of with the next collection of garbage. */
const held = new Set<DatabaseSync>()

const isBusy = (thrown: unknown): boolean =>
  thrown instanceof Error && 'errcode' in thrown && thrown.errcode === SQLITE_BUSY

/**
 * Holds a state folder until this process ends, however it ends: the operating system lets go of the lock of a database. Node
 * itself has no other lock that a crash does not leave behind. Two nodes in one folder would share a credential, and each would
 * end the other's link. Throws a sentence that names the flag when another process holds it.
 */
export function lockState(stateDir: string): { release(): void } {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 })
    const database = new DatabaseSync(join(stateDir, FILE))
    try {
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (thrown) {
      database.close()
      throw thrown
    }
    held.add(database)
    return {
      release() {
        held.delete(database)
        database.close()
      },
    }
  } catch (thrown) {
    const isHeld = isBusy(thrown)
    const message = isHeld
      ? `Another node runs in the state folder ${stateDir}: give this one a folder of its own with --state-dir.`
      : `The state folder ${stateDir} cannot be used (${causeOf(thrown)}): name another one with --state-dir.`
    throw new OperatorError(message, { cause: thrown })
  }
}
