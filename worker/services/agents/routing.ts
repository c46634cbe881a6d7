import type { LoopName } from './run-events.ts'

/** Things that a request may ask for, each with the words that it is known by, as the page of the Agentic API has them. */
const SUBJECTS: readonly (readonly [subject: string, words: RegExp])[] = [
  [
    'search',
    /\b(?:search|look up|browse|google|latest news|news about|find (?:out|information|articles))\b/i,
  ],
  ['documents', /\b(?:documents?|uploaded|files?|contract|pdf|attachments?)\b/i],
  [
    'mathematics',
    /\b(?:calculate|compute|derivative|differentiate|integral|integrate|solve|equation|factori[sz]e|square root)\b/i,
  ],
  ['program', /\b(?:python|execute|run (?:the |this |some )?code|script)\b/i],
  ['data', /\b(?:analy[sz]e|dataset|statistics|average of|csv|spreadsheet|temperature data)\b/i],
  ['time', /\b(?:what time|current time|today'?s date|what day|time zone)\b/i],
  ['memory', /\b(?:remember that|recall what|what did i ask you to remember)\b/i],
  ['address', /https?:\/\/\S+/i],
]

/** Words that tie several wishes together. */
const SEVERAL = /\b(?:and|then|after that|also)\b|;/i

/** The things that a request asks for, by its words. */
export const subjectsOf = (question: string): string[] =>
  SUBJECTS.flatMap(([subject, words]) => (words.test(question) ? [subject] : []))

/** The way in which a request is answered, by its words: undefined is a plain chat, several subjects at once are planned. */
export function loopFor(question: string): Exclude<LoopName, 'guided'> | undefined {
  const subjects = subjectsOf(question)
  if (subjects.length === 0) return undefined
  return subjects.length > 1 && SEVERAL.test(question) ? 'plan_execute' : 'react'
}
