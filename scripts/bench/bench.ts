/** The bound that a figure must reach to be good enough. */
export type Target = { atLeast: number } | { atMost: number }

/** One measured number. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** The lowest and the highest of the measurements that `value` is the middle of. */
  spread?: readonly [number, number]
  /** Absent: reported only. */
  target?: Target
}

/** The tools that a bench is given. */
export interface BenchContext {
  /** Empty, and deleted after the run. */
  scratchDir: string
  /** Kept from run to run. */
  cacheDir: string
  /** Where Node processes leave CPU profiles; absent when none are wanted. */
  profileDir: string | undefined
  /** CPU threads of the engine. */
  threads: number
  /** Minutes in place of what takes half an hour. */
  isShort: boolean
  /** Tells the person at the terminal what is going on. */
  note: (text: string) => void
  signal: AbortSignal
}

/** This machine cannot be measured, and that is no failure. The message is one plain sentence. */
export class BenchSkip extends Error {
  override readonly name = 'BenchSkip'
}

/** One thing to measure. Stops everything that it started before it settles. */
export interface Bench {
  name: string
  /** One line for `--help`. */
  summary: string
  run(context: BenchContext): Promise<Figure[]>
}

/** Undefined for a figure without a target. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
}
