/** Prompt tokens computed in one step, over all streams: as much as fits into a batch… */
export const PREFILL_TOKENS = 512
/** …at most: as many as take about this long, since streams and a cancel wait for the step, … */
export const PREFILL_STEP_MS = 300
/** …never fewer than this, since a small batch costs nearly as much as one of a few tokens more, … */
export const MIN_PREFILL_TOKENS = 8
/** …so many while nothing is known: little enough for a model of a few billion weights on a CPU, … */
export const FIRST_PREFILL_TOKENS = 32
/** …and at most so many times the last. A GPU is at the full batch in three steps, once. */
export const PREFILL_GROWTH = 4

/**
 * llama.cpp's flash attention on a CPU computes so many tokens of a sequence at a time. Fewer are computed in another way, which
 * deep in a context takes each three times as long (135M, one thread, behind 3,000 tokens: 64 in 453 ms, 63 in 1,284).
 */
export const PREFILL_TILE = 64
/** One tile may take longer than a step is to: smaller pieces would hold up everybody for longer in all. */
export const TILE_STEP_MS = 650

/** A step takes now a little more and now a little less than the last: aimed at is what leaves room for that. */
const AIM = 0.8
export const PREFILL_AIM_MS = AIM * PREFILL_STEP_MS
export const TILE_AIM_MS = AIM * TILE_STEP_MS

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
    const most = Math.min(PREFILL_TOKENS, this.#tokens * PREFILL_GROWTH)
    const fitting = Math.min(most, Math.floor((tokens * PREFILL_AIM_MS) / Math.max(ms, 1)))
    if (fitting >= PREFILL_TILE) this.#tokens = fitting - (fitting % PREFILL_TILE)
    else if ((ms * PREFILL_TILE) / tokens <= TILE_AIM_MS) this.#tokens = PREFILL_TILE
    else this.#tokens = Math.max(MIN_PREFILL_TOKENS, fitting)
  }
}
