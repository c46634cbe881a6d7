/**
 * Loads when it is first asked, and keeps what came. Keeps the finished value only: a promise made for one request must not be awaited
 * by another, where it may never end (workerd). Whoever asks before anything came loads it too. To import again each time would not do:
 * the module runner of the tests has those who import at once share one promise.
 */
export function lazily<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let kept: { value: Value } | undefined
  return async () => {
    if (kept) return kept.value
    const value = await load()
    kept ??= { value }
    return kept.value
  }
}
