import { isDeepStrictEqual } from 'node:util'
import type { Answer } from './answering.ts'
import { type Expectation, expectationOf, type SpokenTurn } from './talk.ts'

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether an answer is what was expected. */
export function isRight({ text, calls }: Answer, turn: SpokenTurn): boolean {
  const expected: Expectation = expectationOf(turn)
  switch (expected.kind) {
    case 'exact':
      return calls.length === 0 && text.trim() === expected.text
    case 'contains':
      return (
        calls.length === 0 && expected.texts.every((part) => text.toLowerCase().includes(part.toLowerCase()))
      )
    case 'call': {
      const [call] = calls
      return (
        calls.length === 1 &&
        call?.name === expected.name &&
        isDeepStrictEqual(parsed(call.arguments), expected.input)
      )
    }
    case 'json':
      return isDeepStrictEqual(parsed(text), parsed(JSON.stringify(expected.value)))
    default:
      return expected satisfies never
  }
}

/** An answer as a turn that later ones stand behind. */
export function saidTurn({ text, calls }: Answer): SpokenTurn {
  const [call] = calls
  if (call === undefined) return { role: 'assistant', content: text }
  // Under its grammar it is an object, or breaks off in the middle of one: then it is none.
  const input = (parsed(call.arguments) ?? {}) as Record<string, unknown>
  return { role: 'assistant', content: text, call: { name: call.name, input } }
}
