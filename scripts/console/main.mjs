// Builds the console where what lies there was made of other sources.
import { fingerprint, isBuilt } from './built.mjs'

if (!isBuilt(fingerprint())) {
  const { buildConsole } = await import('./build.ts')
  await buildConsole()
}
