import { expect, it } from 'vitest'
import { parseStat, processCpuMs } from '../../../scripts/bench/process-cpu.ts'

it('reads a process whose name holds blanks and brackets', () => {
  const stat = '42 (a ) b) S 7 42 42 0 -1 4194560 100 0 0 0 12 3 0 0 20 0 1 0 100 0 0'
  expect(parseStat(stat)).toEqual({ pid: 42, parent: 7, name: 'a ) b', cpuMs: 150 })
})

it('does not tell the time of processes of which one is not there', async () => {
  const none = 2 ** 30 // above all numbers that a system gives
  expect(await processCpuMs([process.pid, none])).toBeUndefined()
})
