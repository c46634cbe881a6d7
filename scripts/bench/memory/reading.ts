import { readFile } from 'node:fs/promises'

const KIB_IN_MIB = 1024

/**
 * The memory of `/proc/<pid>/status` (proc_pid_status(5)) that is the process's own: pages of files come and go as the
 * system likes, which looks like growth and shrinking. Undefined where it is not told.
 */
export function ownMiB(status: string): number | undefined {
  const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? []
  return kib === undefined ? undefined : Number(kib) / KIB_IN_MIB
}

/** Undefined where the system does not tell. */
export async function readOwnMiB(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined) return undefined
  return ownMiB(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')) // no such system, or no such process
}

/** All samples of one family in Prometheus' text format, added up. NaN when there are none. */
export function sumOf(metrics: string, family: string): number {
  const values = metrics
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))))
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0)
}
