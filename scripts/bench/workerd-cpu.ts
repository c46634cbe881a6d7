import { readdir, readFile } from 'node:fs/promises'

/** Linux counts a process's time in hundredths of a second (`USER_HZ`). */
const TICK_MS = 10

interface ProcessTime {
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

async function listProcesses(): Promise<ProcessTime[]> {
  const names = await readdir('/proc').catch(() => [])
  const stats = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)), // it has just ended
  )
  return stats.flatMap((stat) => (stat === undefined ? [] : [parseStat(stat)]))
}

/**
 * CPU time of each workerd under this process, oldest first; empty where the system does not tell. `wrangler dev` runs
 * two: the Worker's, and a proxy in front of it.
 */
export const workerdCpuMs = async (): Promise<number[]> => (await listWorkerds()).map(({ cpuMs }) => cpuMs)

/** Resident memory of the same, in MiB. */
export async function workerdMemoryMiB(): Promise<number[]> {
  const statuses = await Promise.all(
    (await listWorkerds()).map(({ pid }) => readFile(`/proc/${pid}/status`, 'utf8')),
  )
  return statuses.map((status) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024)
}

async function listWorkerds(): Promise<ProcessTime[]> {
  const processes = await listProcesses()
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]))
  const isOurs = (pid: number | undefined): boolean =>
    pid === process.pid || (pid !== undefined && pid > 1 && isOurs(parents.get(pid)))
  return processes
    .filter(({ name, pid }) => name === 'workerd' && isOurs(pid))
    .toSorted((a, b) => a.pid - b.pid)
}
