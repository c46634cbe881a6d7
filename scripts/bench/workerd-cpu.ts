import { readdir, readFile } from 'node:fs/promises'
import { readOwnMiB } from './memory/reading.ts'
import { type ProcessTime, parseStat } from './process-cpu.ts'

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
 * CPU time of each workerd under this process, oldest first; empty where the system does not tell. An edge runs one.
 */
export const workerdCpuMs = async (): Promise<number[]> => (await listWorkerds()).map(({ cpuMs }) => cpuMs)

/** Memory of the same that is their own, without pages of files (the database's), in MiB. */
export async function workerdOwnMiB(): Promise<number[]> {
  const own = await Promise.all((await listWorkerds()).map(({ pid }) => readOwnMiB(pid)))
  return own.map((mebibytes) => mebibytes ?? Number.NaN)
}

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
