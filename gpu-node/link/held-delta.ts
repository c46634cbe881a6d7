import type { DeltaExtra, ToolCallDelta } from '../../shared/generation.ts'
import type { StepDelta } from '../../shared/wire.ts'

/** A delta that waits for its socket, and may still grow. */
export interface HeldDelta {
  callId: string
  text: string
  tokens: number[]
  toolCalls: ToolCallDelta[]
  logprobs: NonNullable<DeltaExtra['logprobs']>
  /** Told once for a call. */
  unenforced: DeltaExtra['unenforced']
}

/** About what one token id takes in JSON, … */
const TOKEN_LENGTH = 8
/** … a piece of a tool call beside its texts, … */
const TOOL_CALL_LENGTH = 40
/** … and a token with its probability: numbers, names and a few bytes. */
const LOGPROB_LENGTH = 80

export function holdDelta([callId, text, tokens, extra]: StepDelta): HeldDelta {
  const { toolCalls = [], logprobs = [], unenforced } = extra ?? {}
  return { callId, text, tokens: [...tokens], toolCalls: [...toolCalls], logprobs: [...logprobs], unenforced }
}

/** Lets `held` grow by a later delta of its call. */
export function joinDelta(held: HeldDelta, later: HeldDelta): void {
  held.text += later.text
  held.tokens.push(...later.tokens)
  held.toolCalls.push(...later.toolCalls)
  held.logprobs.push(...later.logprobs)
  held.unenforced ??= later.unenforced
}

/** About how long it is as JSON; the sum of two is the length of both joined. */
export function lengthOf({ text, tokens, toolCalls, logprobs, unenforced = [] }: HeldDelta): number {
  let length = text.length + tokens.length * TOKEN_LENGTH
  for (const name of unenforced) length += name.length
  for (const call of toolCalls) length += call.arguments.length + (call.name?.length ?? 0) + TOOL_CALL_LENGTH
  for (const { top } of logprobs) length += (top.length + 1) * LOGPROB_LENGTH
  return length
}

export function toStepDelta({ callId, text, tokens, toolCalls, logprobs, unenforced }: HeldDelta): StepDelta {
  const extra: DeltaExtra = {
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(unenforced !== undefined && { unenforced }),
  }
  return Object.keys(extra).length > 0 ? [callId, text, tokens, extra] : [callId, text, tokens]
}

/**
 * Takes about half off the front of a delta; undefined when it cannot be cut. Tokens first, since what they stand for may
 * follow them but never lead them, then text, then probabilities, then tool calls.
 */
export function cutHead(delta: HeldDelta): HeldDelta | undefined {
  const head: HeldDelta = {
    callId: delta.callId,
    text: '',
    tokens: [],
    toolCalls: [],
    logprobs: [],
    unenforced: undefined,
  }
  if (delta.tokens.length > 1) {
    head.tokens = delta.tokens.splice(0, delta.tokens.length >> 1)
    return head
  }
  if (delta.text.length > 2) head.text = cutText(delta.text)
  else if (delta.logprobs.length > 1) head.logprobs = delta.logprobs.splice(0, delta.logprobs.length >> 1)
  else if (delta.logprobs.length > 0 && delta.toolCalls.length > 0) head.logprobs = delta.logprobs.splice(0)
  else head.toolCalls = cutToolCalls(delta.toolCalls)
  if (lengthOf(head) === 0) return undefined
  if (head.text === '') head.text = delta.text
  delta.text = delta.text.slice(head.text.length)
  head.tokens = delta.tokens.splice(0)
  return head
}

/** The first half of a text that is longer than two units; a character is not cut in two. */
function cutText(text: string): string {
  const half = text.length >> 1
  const isInsidePair = (text.codePointAt(half - 1) ?? 0) > 0xffff
  return text.slice(0, isInsidePair ? half + 1 : half)
}

/** Takes the first half of some pieces, or of the only piece's arguments; nothing when that is too short to cut. */
function cutToolCalls(pieces: ToolCallDelta[]): ToolCallDelta[] {
  if (pieces.length > 1) return pieces.splice(0, pieces.length >> 1)
  const [only] = pieces
  if (only === undefined || only.arguments.length < 3) return []
  const first = cutText(only.arguments)
  // A name comes once, with the first piece.
  pieces[0] = { index: only.index, arguments: only.arguments.slice(first.length) }
  return [{ ...only, arguments: first }]
}
