import type { DeltaExtra, FinishReason, TokenLogprob, ToolCallDelta } from '../../../shared/generation.ts'
import type { Likelihood } from '../decode/sequence.ts'
import type { ParsedText, ToolParser } from '../tools/tool-parser.ts'
import type { Logprobs } from './logprobs.ts'
import { StopMatcher } from './stop-matcher.ts'
import { TokenText } from './token-text.ts'

export interface AnswerTextOptions {
  textOf: (tokens: readonly number[]) => string
  /** Whether the model says with this token that it is done. */
  isEnd: (token: number) => boolean
  stop: readonly string[]
  maxTokens: number
  /** Finds the tool calls in the text; absent where there can be none. */
  toolParser?: ToolParser | undefined
  /** Keeps the log probabilities; absent where nobody asked for them. */
  logprobs?: Logprobs | undefined
}

export interface AnswerPiece {
  text: string
  /** Tokens to report with the piece; empty for an end that brings nothing else. */
  tokens: number[]
  extra?: DeltaExtra
  finishReason: FinishReason | undefined
}

/** The yield of one token. */
interface Yield {
  text: string
  toolCalls: ToolCallDelta[]
  logprobs: TokenLogprob[]
}

function toPiece(
  { text, toolCalls, logprobs }: Yield,
  tokens: number[],
  finishReason: FinishReason | undefined,
): AnswerPiece {
  const extra = { ...(toolCalls.length > 0 && { toolCalls }), ...(logprobs.length > 0 && { logprobs }) }
  return { text, tokens, ...(Object.keys(extra).length > 0 && { extra }), finishReason }
}

/** Pieces that come together as one. */
function joined(pieces: readonly AnswerPiece[]): AnswerPiece {
  const brought = {
    text: pieces.map(({ text }) => text).join(''),
    toolCalls: pieces.flatMap(({ extra }) => extra?.toolCalls ?? []),
    logprobs: pieces.flatMap(({ extra }) => extra?.logprobs ?? []),
  }
  const tokens = pieces.flatMap((piece) => piece.tokens)
  return toPiece(brought, tokens, pieces.at(-1)?.finishReason)
}

/**
 * One answer while it grows: tokens go in, text that may be sent comes out, and the reason when it is over.
 *
 * `completionTokens` counts every token that was sampled. The one with which the model ends its turn is counted, as
 * llama-server and OpenAI count it, and is reported only when text was held until it came: whoever resumes the answer
 * from its reported tokens then sees that it is over, and does not send that text again.
 */
export class Answer {
  readonly #options: AnswerTextOptions
  readonly #tokenText: TokenText
  readonly #matcher: StopMatcher
  completionTokens = 0

  constructor(options: AnswerTextOptions) {
    this.#options = options
    this.#tokenText = new TokenText(options.textOf)
    this.#matcher = new StopMatcher(options.stop)
  }

  /** Whether the model ends with one of the next tokens if they are these, or must. Stop strings and tool calls are not looked at. */
  isOverWith(tokens: readonly number[]): boolean {
    const { isEnd, maxTokens } = this.#options
    return tokens.some(isEnd) || this.completionTokens + tokens.length >= maxTokens
  }

  /** `likelihoods` are those of the last tokens, this one at the end. */
  take(token: number, likelihoods: readonly Likelihood[] = []): AnswerPiece {
    this.completionTokens += 1
    const brought: Yield = { text: '', toolCalls: [], logprobs: [] }
    const isEnd = this.#options.isEnd(token)
    this.#options.logprobs?.rate(likelihoods.slice(0, -1))
    if (!isEnd && this.#grow(brought, token, likelihoods.at(-1))) return toPiece(brought, [token], 'stop')
    const reason = isEnd ? 'stop' : this.completionTokens < this.#options.maxTokens ? undefined : 'length'
    if (reason === undefined) return toPiece(brought, [token], undefined)
    if (this.#flush(brought, reason === 'length')) return toPiece(brought, [token], 'stop')
    const hasCalled = (this.#options.toolParser?.callCount ?? 0) > 0
    const isSilent = brought.text === '' && brought.toolCalls.length === 0
    return toPiece(
      brought,
      isEnd && isSilent ? [] : [token],
      reason === 'stop' && hasCalled ? 'tool_calls' : reason,
    )
  }

  /** The same for several tokens, up to the one that ends the answer. */
  takeAll(tokens: readonly number[], likelihoods: readonly Likelihood[] = []): AnswerPiece {
    const pieces: AnswerPiece[] = []
    for (const token of tokens) {
      pieces.push(this.take(token, likelihoods))
      if (pieces.at(-1)?.finishReason !== undefined) break
    }
    const [only] = pieces
    return pieces.length === 1 && only ? only : joined(pieces)
  }

  /** True when a stop string is complete. */
  #grow(brought: Yield, token: number, likelihood: Likelihood | undefined): boolean {
    const text = this.#tokenText.take(token)
    const { logprobs } = this.#options
    logprobs?.grow({ length: text.length, isPart: this.#tokenText.isOpen }, likelihood)
    return this.#parse(brought, text)
  }

  #flush(brought: Yield, isCut: boolean): boolean {
    const rest = this.#tokenText.flush()
    this.#options.logprobs?.growText(rest.length)
    if (this.#parse(brought, rest)) return true
    const { toolParser } = this.#options
    if (toolParser && this.#settle(brought, toolParser.flush({ isCut }))) return true
    this.#send(brought, this.#matcher.flush())
    return false
  }

  #parse(brought: Yield, text: string): boolean {
    const { toolParser } = this.#options
    if (toolParser) return this.#settle(brought, toolParser.feed(text))
    return this.#settle(brought, { text, calls: [], spans: [{ length: text.length, isContent: true }] })
  }

  #settle(brought: Yield, { text, calls, spans }: ParsedText): boolean {
    for (const { length, isContent } of spans) this.#options.logprobs?.settle(length, isContent)
    const matched = this.#matcher.feed(text)
    this.#send(brought, matched.text)
    // Text goes before the calls that came with it, so a stop string in it is before them.
    if (!matched.stopped) brought.toolCalls.push(...calls)
    return matched.stopped
  }

  #send(brought: Yield, text: string): void {
    brought.text += text
    brought.logprobs.push(...(this.#options.logprobs?.send(text.length) ?? []))
  }
}
