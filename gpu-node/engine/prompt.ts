import { Template } from '@huggingface/jinja'
import { AppError } from '../../shared/errors.ts'
import type { Message, Prompt } from '../../shared/generation.ts'
import { refuseLength } from './context-limit.ts'
import { createSpecialText, unusedMark } from './special-text.ts'
import type { Vocabulary } from './vocabulary.ts'

/** For models that bring no template of their own. */
export const CHATML_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** Longest piece of a template's own complaint that is passed on. */
const MAX_COMPLAINT_LENGTH = 200

export interface PromptReader {
  /** The prompt as tokens. Throws `invalid_request` or `context_length_exceeded`. */
  tokensOf(prompt: Prompt): number[]
  /** Raw text as tokens, without the model's first token. */
  textTokens(text: string, param: string): number[]
  /** Refuses ids that the model does not have. */
  checkTokens(tokens: readonly number[], param: string): void
}

export interface PromptReaderOptions {
  vocabulary: Vocabulary
  contextTokens: number
  /** Told when the model's own template cannot be read and ChatML is used instead. */
  onBadTemplate?: (reason: string) => void
}

const reasonOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, MAX_COMPLAINT_LENGTH)

function parseTemplate({ vocabulary, onBadTemplate }: PromptReaderOptions): Template {
  if (vocabulary.chatTemplate === undefined) return new Template(CHATML_TEMPLATE)
  try {
    return new Template(vocabulary.chatTemplate)
  } catch (thrown) {
    onBadTemplate?.(reasonOf(thrown))
    return new Template(CHATML_TEMPLATE)
  }
}

/** Turns prompts into the tokens of one model. */
export function createPromptReader(options: PromptReaderOptions): PromptReader {
  const { vocabulary, contextTokens } = options
  const template = parseTemplate(options)
  const special = createSpecialText(vocabulary.specialTexts)

  function refuseHopeless(text: string, param: string): void {
    const atLeast = Math.ceil(text.length / (vocabulary.longestToken ?? Number.POSITIVE_INFINITY))
    if (atLeast > contextTokens) refuseLength(contextTokens, atLeast, param)
  }

  function render(messages: readonly Message[]): string {
    try {
      return template.render({
        messages,
        add_generation_prompt: true,
        bos_token: vocabulary.bosText,
        eos_token: vocabulary.eosText,
      })
    } catch (thrown) {
      throw new AppError(
        'invalid_request',
        `The model's chat template does not accept these messages: ${reasonOf(thrown)}`,
        { param: 'messages', cause: thrown },
      )
    }
  }

  function chatTokens(messages: readonly Message[]): number[] {
    const contents = messages.map((message) => message.content)
    refuseHopeless(contents.join(''), 'messages')
    const mark = unusedMark([...contents, vocabulary.chatTemplate ?? ''])
    const guarded = messages.map(({ role, content }) => ({ role, content: special.guard(content, mark) }))
    const pieces = render(guarded).split(mark)
    // Every piece is at least a token, so this many cannot fit, and tokenising each would take long.
    if (pieces.length > contextTokens) refuseLength(contextTokens, pieces.length, 'messages')
    return pieces.flatMap((piece, index) => vocabulary.tokenize(piece, index === 0 ? 'special' : 'continued'))
  }

  /** As llama.cpp does: the first token is added unless the template wrote it. */
  function withFirst(tokens: number[]): number[] {
    const { firstToken } = vocabulary
    return firstToken === undefined || tokens[0] === firstToken ? tokens : [firstToken, ...tokens]
  }

  function textTokens(text: string, param: string): number[] {
    refuseHopeless(text, param)
    return vocabulary.tokenize(text, 'plain')
  }

  function checkTokens(tokens: readonly number[], param: string): void {
    const stray = tokens.find((token) => token >= vocabulary.size)
    if (stray === undefined) return
    throw new AppError(
      'invalid_request',
      `Token ${stray} does not exist: this model's tokens are 0 to ${vocabulary.size - 1}.`,
      { param },
    )
  }

  function tokensOf(prompt: Prompt): number[] {
    switch (prompt.kind) {
      case 'chat':
        return withFirst(chatTokens(prompt.messages))
      case 'text':
        return withFirst(textTokens(prompt.text, 'prompt'))
      case 'tokens':
        checkTokens(prompt.tokens, 'prompt')
        return [...prompt.tokens]
    }
  }

  return {
    tokensOf(prompt) {
      const tokens = tokensOf(prompt)
      if (tokens.length > 0) return tokens
      throw new AppError('invalid_request', 'The prompt is empty.', {
        param: prompt.kind === 'chat' ? 'messages' : 'prompt',
      })
    },
    textTokens,
    checkTokens,
  }
}
