import { readFile } from 'node:fs/promises'

/** Linux counts a process's time in hundredths of a second (`USER_HZ`). */
const TICK_MS = 10

/** One process, and what it has used. */
export interface ProcessTime {
  pid: number
  parent: number
  name: string
  cpuMs: number
}

/** proc_pid_stat(5). The name may hold blanks, so the fields are counted from the bracket behind it. */
export function parseStat(stat: string): ProcessTime {
  const close = stat.lastIndexOf(')')
  const fields = stat.slice(close + 2).split(' ')
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(fields[1]),
    name: stat.slice(stat.indexOf('(') + 1, close),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  }
}

/** CPU time that these processes have used together; undefined where the system does not tell. */
export async function processCpuMs(pids: readonly number[]): Promise<number | undefined> {
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)),
  )
  return stats.reduce<number | undefined>(
    (sum, stat) => (sum === undefined || stat === undefined ? undefined : sum + parseStat(stat).cpuMs),
    0,
  )
}
