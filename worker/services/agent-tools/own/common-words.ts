import { loadAnalyser } from '../../library/analysis/analyser.ts'

/** The stems of a text's words, without the words of every sentence. */
export async function stemsOf(text: string): Promise<Set<string>> {
  const analyser = await loadAnalyser()
  const language = analyser.languageOf(text)
  return new Set(analyser.contentTokens(analyser.tokens(text, language), language))
}

/** The texts that have most stems in common with some words, best first; those with none are left away, equals keep their order. */
export async function byCommonWords<T>(
  words: string,
  things: readonly T[],
  textOf: (thing: T) => string,
): Promise<T[]> {
  const wanted = await stemsOf(words)
  const scored = await Promise.all(
    things.map(async (thing) => {
      const stems = await stemsOf(textOf(thing))
      return { thing, score: [...wanted].filter((stem) => stems.has(stem)).length }
    }),
  )
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ thing }) => thing)
}
