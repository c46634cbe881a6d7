/** Prompt tokens computed in one step, over all streams: as much as fits into a batch… */
export const PREFILL_TOKENS = 512
/** …at most: as many as take about this long, since a cancel waits for the step, … */
export const PREFILL_STEP_MS = 300
/** …never fewer than this, since a small batch costs nearly as much as one of a few tokens more, … */
export const MIN_PREFILL_TOKENS = 8
/** …so many while nothing is known: little enough for a model of a few billion weights on a CPU, … */
export const FIRST_PREFILL_TOKENS = 32
/** …and at most so many times the last. A GPU is at the full batch in three steps, once. */
export const PREFILL_GROWTH = 4

/** How many prompt tokens a step may compute, learnt from how long steps take. */
export class PrefillPace {
  #tokens = FIRST_PREFILL_TOKENS

  get tokens(): number {
    return this.#tokens
  }

  /**
   * Notes how long a step with so many prompt tokens took. A step that is slow for once, as a model's first ones are, makes
   * the next one smaller, and that one shows the speed again.
   */
  note(tokens: number, ms: number): void {
    // What a small piece costs is mostly not its tokens.
    if (tokens === 0 || (tokens * 2 < this.#tokens && ms <= PREFILL_STEP_MS)) return
    const fitting = Math.floor((tokens * PREFILL_STEP_MS) / Math.max(ms, 1))
    const most = Math.min(PREFILL_TOKENS, this.#tokens * PREFILL_GROWTH)
    this.#tokens = Math.max(MIN_PREFILL_TOKENS, Math.min(most, fitting))
  }
}
