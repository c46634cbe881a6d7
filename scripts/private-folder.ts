import { chmodSync, mkdirSync } from 'node:fs'

/** Makes a folder that its owner alone can open, or makes one so that is there already: databases and credentials lie in it. */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
}
