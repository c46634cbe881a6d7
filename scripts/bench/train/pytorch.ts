import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Shape } from '../../starter/llama-metadata.ts'

const SCRIPT = fileURLToPath(new URL('./pytorch.py', import.meta.url))

/** Debian's own first: another Python in front of it does not see its packages. */
const PYTHONS = ['/usr/bin/python3', 'python3'] as const

/** On one thread, whichever library computes. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }

const Told = z.object({ tokensPerCpuSecond: z.number().positive(), hasOpenBlas: z.boolean() })

const run = (python: string, words: readonly string[], signal: AbortSignal) =>
  promisify(execFile)(python, [...words], { signal, env: { ...process.env, ...ONE_THREAD } })

/** A Python that has PyTorch; undefined where there is none. */
export async function pythonWithTorch(signal: AbortSignal): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const isThere = await run(python, ['-c', 'import torch'], signal).then(
      () => true,
      () => false,
    )
    signal.throwIfAborted()
    if (isThere) return python
  }
  return undefined
}

export interface PytorchOptions {
  python: string
  shape: Shape
  tokens: number
  rank: number
  steps: number
}

/** Tokens per second of CPU; undefined where it would multiply without OpenBLAS, and say nothing. */
export async function pytorchSpeed(
  { python, shape, tokens, rank, steps }: PytorchOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  const words = [SCRIPT, JSON.stringify(shape), ...[tokens, rank, steps].map(String)]
  const { stdout } = await run(python, words, signal)
  const { tokensPerCpuSecond, hasOpenBlas } = Told.parse(JSON.parse(stdout))
  return hasOpenBlas ? tokensPerCpuSecond : undefined
}
