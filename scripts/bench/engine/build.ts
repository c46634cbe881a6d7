import { execFile } from 'node:child_process'
import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MIB } from '../../../shared/units.ts'
import { ROOT } from '../../root.ts'
import { type BenchContext, BenchSkip } from '../bench.ts'

const run = promisify(execFile)

/**
 * The files that the npm package of node-llama-cpp carries: llama.cpp's source as a git bundle, and the name of its release.
 */
const CARRIED = join(ROOT, 'node_modules', 'node-llama-cpp', 'llama')

const PLATFORM = `${process.platform}-${process.arch}`
/** The libraries that the engine under test loads on a CPU. */
const PREBUILT = join(ROOT, 'node_modules', '@node-llama-cpp', PLATFORM, 'bins', PLATFORM)
const isKernel = (name: string): boolean => /^libggml-cpu.*\.so$/.test(name)

/**
 * A release build without the CPU kernels: llama-server finds the engine's own ones beside it and chooses among them as the
 * engine does. They ask for `libggml-base.so` by that very name, so no versions in names. Nothing is fetched.
 */
const OPTIONS = [
  '-DCMAKE_BUILD_TYPE=Release',
  '-DBUILD_SHARED_LIBS=ON',
  '-DCMAKE_BUILD_RPATH_USE_ORIGIN=ON',
  '-DCMAKE_PLATFORM_NO_VERSIONED_SONAME=ON',
  '-DGGML_BACKEND_DL=ON',
  '-DGGML_CPU=OFF',
  '-DGGML_CCACHE=OFF',
  '-DLLAMA_OPENSSL=OFF',
  '-DLLAMA_BUILD_UI=OFF',
  '-DLLAMA_USE_PREBUILT_UI=OFF',
  '-DLLAMA_BUILD_TESTS=OFF',
  '-DLLAMA_BUILD_EXAMPLES=OFF',
  '-DLLAMA_BUILD_APP=OFF',
]

/** A compiler's complaint can be long. */
const MAX_OUTPUT_BYTES = 64 * MIB

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function requireTool(name: string): Promise<void> {
  await run(name, ['--version']).catch(() => {
    throw new BenchSkip(`llama-server is built with ${name}, which is not installed here.`)
  })
}

/** Makes llama-server where the cache has none of this release, and gives its path. Skips the bench where that cannot be. */
export async function ensureLlamaServer({ cacheDir, note, signal }: BenchContext): Promise<string> {
  const { release } = JSON.parse(await readFile(join(CARRIED, 'binariesGithubRelease.json'), 'utf8')) as {
    release: string // the package is pinned
  }
  const folder = join(cacheDir, 'llama-server', `${release}-${PLATFORM}`)
  const binary = join(folder, 'llama-server')
  if (await isThere(binary)) return binary
  if (!(await isThere(PREBUILT))) {
    throw new BenchSkip(`node-llama-cpp brings no CPU build for ${PLATFORM} whose kernels could be compared.`)
  }
  for (const tool of ['git', 'cmake', 'c++']) await requireTool(tool)
  note(`building llama-server ${release}: about 10 minutes, once`)
  await mkdir(join(cacheDir, 'llama-server'), { recursive: true })
  const work = await mkdtemp(join(cacheDir, 'llama-server', 'unfinished-'))
  try {
    const [source, build] = [join(work, 'source'), join(work, 'build')]
    const options = { signal, maxBuffer: MAX_OUTPUT_BYTES }
    await run('git', ['clone', '--quiet', join(CARRIED, 'gitRelease.bundle'), source], options)
    await run('cmake', ['-S', source, '-B', build, ...OPTIONS], options)
    const jobs = String(availableParallelism())
    await run('cmake', ['--build', build, '--target', 'llama-server', '--parallel', jobs], options)
    await keep(join(build, 'bin'), folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return binary
}

/** Moves what was built to its place in one step, so that a place that is there is whole. */
async function keep(built: string, folder: string): Promise<void> {
  for (const name of await readdir(PREBUILT)) {
    if (isKernel(name)) await copyFile(join(PREBUILT, name), join(built, name))
  }
  await rename(built, folder)
}
