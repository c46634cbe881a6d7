import { randomBytes, randomInt } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 256 bits, rounded up. */
const KEY_CHARACTERS = 43

/** The variables that local development needs, each with a way to make it. */
const GENERATORS = {
  ENVIRONMENT: () => 'development',
  JWT_SECRET: () => randomBytes(32).toString('base64url'),
  DEV_API_KEY: () =>
    `sk-${Array.from({ length: KEY_CHARACTERS }, () => BASE62.charAt(randomInt(BASE62.length))).join('')}`,
} as const
export type DevVars = Record<keyof typeof GENERATORS, string>

/** The text of `.dev.vars` with what it lacked at its end; everything that was there stays as it was. */
export function completeDevVars(text: string): string {
  const known = parseEnv(text)
  const missing = Object.entries(GENERATORS).filter(([name]) => !known[name])
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return missing.length === 0 ? text : start + missing.map(([name, make]) => `${name}="${make()}"\n`).join('')
}

/** Reads `.dev.vars`, after writing it, for its owner alone, where something was missing. */
export async function prepareDevVars(path: string): Promise<DevVars> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return ''
    throw thrown
  })
  const complete = completeDevVars(text)
  if (complete !== text) {
    await writeFile(path, complete, { mode: 0o600 })
    await chmod(path, 0o600)
  }
  const { ENVIRONMENT = '', JWT_SECRET = '', DEV_API_KEY = '' } = parseEnv(complete)
  return { ENVIRONMENT, JWT_SECRET, DEV_API_KEY }
}
