import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Which of node-llama-cpp's builds computes. */
export type Build = 'cpu' | 'cuda' | 'vulkan' | 'metal'

/** The one function of a platform's package: where its libraries lie, a folder for each build. */
const PlatformPackage = z.object({
  getBinsDir: z.function({ input: [], output: z.object({ binsDir: z.string() }) }),
})

const PLATFORMS: ReadonlyMap<NodeJS.Platform, string> = new Map([
  ['linux', 'linux'],
  ['darwin', 'mac'],
  ['win32', 'win'],
])

function nameOf(build: Build, platform: NodeJS.Platform, arch: string): string {
  if (build === 'metal') return 'mac-arm64-metal'
  const machine = `${PLATFORMS.get(platform) ?? platform}-${arch === 'arm' ? 'armv7l' : arch}`
  return build === 'cpu' ? machine : `${machine}-${build}`
}

/** The folder of a build's libraries; undefined where npm did not install it. */
export async function libraryFolder(
  build: Build,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): Promise<string | undefined> {
  const name = nameOf(build, platform, arch)
  try {
    const { getBinsDir } = PlatformPackage.parse(await import(`@node-llama-cpp/${name}`))
    const folder = join(getBinsDir().binsDir, name)
    return existsSync(folder) ? folder : undefined
  } catch {
    return undefined // another platform's package is not installed
  }
}
