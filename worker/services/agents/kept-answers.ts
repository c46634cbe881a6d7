import type { ToolAnswer, ToolCitation, ToolFailureCode } from '../agent-tools/tool.ts'
import type { SeenStep } from './hands.ts'

/** The end of a call as it is kept. */
export type KeptAnswer =
  | Exclude<ToolAnswer, { ok: true }>
  | (Omit<Extract<ToolAnswer, { ok: true }>, 'outcome'> & KeptOutcome)

interface KeptOutcome {
  text: string
  data?: unknown
  citations: readonly ToolCitation[]
  addresses: readonly string[]
}

/** The end of a call that was not made. */
export const failure = (code: ToolFailureCode, message: string): ToolAnswer => ({
  ok: false,
  code,
  message,
  ms: 0,
})

/** The same call again has the first one's result, and is not done. */
export function repeated(first: SeenStep): KeptAnswer {
  const note = `This was done in step ${first.step} already, with the same arguments. Its result again:\n${first.shown}`
  return first.ok
    ? { ok: true, shown: note, ms: 0, text: note, citations: [], addresses: [] }
    : { ok: false, code: first.code ?? 'failed', message: note, ms: 0 }
}

/** The end of a call, with as much of it as later steps may ask for. */
export function toKept(answer: ToolAnswer): KeptAnswer {
  if (!answer.ok) return answer
  const { outcome, shown, ms } = answer
  const { text, data, citations = [], addresses = [] } = outcome
  return { ok: true, shown, ms, text, citations, addresses, ...(data === undefined ? {} : { data }) }
}

/** Addresses of a run's searches that the runs after it may fetch. */
export const MAX_KEPT_ADDRESSES = 200

/** The addresses that are kept of a run. */
export const keptAddresses = (addresses: readonly string[]): string[] =>
  [...new Set(addresses)].slice(-MAX_KEPT_ADDRESSES)
