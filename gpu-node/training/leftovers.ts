import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../shared/log.ts'
import { TRAINER_FILE } from './trainer-process.ts'

/**
 * Makes the folder of jobs, empty. What a node that was killed has left in it goes, and so do its trainers, should one be
 * left: they end by themselves when their node does, unless they hang.
 */
export function clearLeftovers(folder: string, log: Logger): void {
  for (const pid of trainersOf(folder)) {
    log.warn('training.leftover', { pid })
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has just ended
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Trainers whose own folder lies in this one. Only Linux tells. */
function trainersOf(folder: string): number[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => {
    const words = commandOf(pid)
    return words.includes(TRAINER_FILE) && words.some((word) => word.startsWith(join(folder, '/')))
  })
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return [] // it has just ended
  }
}
