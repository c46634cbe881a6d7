import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The packages with Deno's binary, by platform and architecture of Node.js. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['linux x64', '@deno/linux-x64-glibc'],
  ['linux arm64', '@deno/linux-arm64-glibc'],
  ['darwin x64', '@deno/darwin-x64'],
  ['darwin arm64', '@deno/darwin-arm64'],
  ['win32 x64', '@deno/win32-x64'],
  ['win32 arm64', '@deno/win32-arm64'],
])

/** The program in which tasks run, as npm has installed it for this machine; undefined where it has not. */
export function findDeno(
  platform: string = process.platform,
  arch: string = process.arch,
): string | undefined {
  const name = PACKAGES.get(`${platform} ${arch}`)
  if (name === undefined) return undefined
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    const path = join(folder, platform === 'win32' ? 'deno.exe' : 'deno')
    return existsSync(path) ? path : undefined
  } catch {
    return undefined // an optional package that was left out
  }
}
