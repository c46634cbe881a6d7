import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../root.ts'
import { fingerprint, isBuilt, markBuilt } from './built.mjs'

/** Files whose names hold a hash of their content never change: browsers may keep them. The Worker does not see such requests. */
const HEADERS = `/console/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
`

/** Builds the console into the Worker's assets, unless what lies there was made of just these sources. */
export async function buildConsole(): Promise<void> {
  const print = fingerprint()
  if (isBuilt(print)) return
  // Loaded only where there is something to build: it takes longer than everything else here.
  const { build } = await import('vite')
  await build({ configFile: join(ROOT, 'worker', 'console', 'vite.config.ts') })
  writeFileSync(join(ROOT, 'worker', 'assets', '_headers'), HEADERS)
  markBuilt(print)
}
