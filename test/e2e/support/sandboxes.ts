import { readdirSync, readFileSync } from 'node:fs'

/** A file of a process; nothing where it has just ended. */
function read(pid: number, name: 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/** Who has started a process: the fourth field, behind a name that may hold anything. */
const parentOf = (pid: number): number =>
  Number(
    read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  )

/** The processes of the tasks that the node with this state folder runs. */
export const sandboxesOf = (stateDir: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        read(pid, 'cmdline').includes('--unsafe-proto') && read(parentOf(pid), 'cmdline').includes(stateDir),
    )
