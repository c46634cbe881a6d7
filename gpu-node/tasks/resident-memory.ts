import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Of Linux: the length of a page of memory on x64, and on arm64 as all but a few kernels have it. */
const PAGE_BYTES = 4_096

const MIB = 1024 ** 2

async function bytesOf(pid: number): Promise<number | undefined> {
  if (process.platform === 'linux') {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')
    return Number(pages) * PAGE_BYTES
  }
  if (process.platform === 'win32') return undefined
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) * 1_024
}

/** The memory that a process has in MiB; undefined where it is gone, or this machine does not tell. */
export async function residentMiB(pid: number): Promise<number | undefined> {
  try {
    const bytes = await bytesOf(pid)
    return bytes === undefined || Number.isNaN(bytes) ? undefined : bytes / MIB
  } catch {
    return undefined
  }
}
