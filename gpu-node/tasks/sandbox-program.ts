import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** How hard a sandbox pushes: generations come first. */
const NICENESS = 15

/** The engine's limit for what JavaScript makes. It lies below what a process may have, so that it is told apart. */
const HEAP_LIMIT_MIB = 400

/** Where sandboxes are. */
export interface SandboxPlace {
  /** The program, and the folder with what it runs and may read. */
  deno: string
  bundle: string
  /** The folder with packages of Python in the bundle, by its name; undefined where this node has none. */
  packages?: string | undefined
}

export type SandboxChild = ChildProcessByStdio<Writable, Readable, Readable>

/** No rights but to read its own program: no other file, no environment, no network, no process, no library. */
const rightsOf = ({ bundle }: SandboxPlace, engineFlags: readonly string[]): string[] => [
  ...['run', '--no-prompt', '--no-config', '--no-lock', '--no-remote', '--no-npm', '--quiet'],
  // Libraries of documents look for it; what it leads to is this process's own.
  '--unsafe-proto',
  `--v8-flags=${[`--max-old-space-size=${HEAP_LIMIT_MIB}`, ...engineFlags].join(',')}`,
  `--allow-read=${bundle}`,
]

/** Begins a program of the bundle, with these words, in a process without rights. */
export function startSandbox(
  place: SandboxPlace,
  [program, ...args]: readonly [string, ...string[]],
  engineFlags: readonly string[] = [],
): SandboxChild {
  const { deno, bundle } = place
  const words = [deno, ...rightsOf(place, engineFlags), join(bundle, program), ...args]
  const isWindows = process.platform === 'win32'
  const [command = deno, ...rest] = isWindows ? words : ['nice', '-n', String(NICENESS), ...words]
  const { PATH = '', SYSTEMROOT } = process.env
  return spawn(command, rest, {
    cwd: bundle,
    // PATH for `nice` alone: a sandbox sees none of it.
    env: {
      PATH,
      // A file where the runtime looks for its folder: `caches` and `localStorage` would be kept there, without any right
      // being asked for, and the next sandbox would read what this one leaves.
      DENO_DIR: join(bundle, 'main.mjs'),
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      ...(SYSTEMROOT && { SYSTEMROOT }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}
