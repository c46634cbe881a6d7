import { Template } from '@huggingface/jinja'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Message, Prompt, ToolDefinition } from '../../../shared/generation.ts'
import { GENERIC_FORMAT, type ToolFormat, toolFormatOf } from '../tools/tool-formats.ts'
import { type TemplateFacts, type TemplateInput, templateInput } from '../tools/tool-prompt.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { refuseLength } from './context-limit.ts'
import { createSpecialText, unusedMark } from './special-text.ts'

/** For models that bring no template of their own. */
export const CHATML_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** Longest piece of a template's own complaint that is passed on. */
const MAX_COMPLAINT_LENGTH = 200

export interface PromptReader {
  /** How the model writes tool calls, as its template shows them to it. */
  readonly toolFormat: ToolFormat
  /** The prompt as tokens; `tools` are shown in a chat. Throws `invalid_request` or `context_length_exceeded`. */
  tokensOf(prompt: Prompt, tools?: readonly ToolDefinition[]): number[]
  /**
   * The tokens that the model is to write where the last turn stands, an assistant's: those behind those of `tokensOf` for
   * the turns before it, up to the one that ends an answer. Throws `invalid_request` where the template writes no such turn.
   */
  answerTokens(messages: readonly Message[], tools?: readonly ToolDefinition[]): number[]
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

const reasonOf = (thrown: unknown): string => causeOf(thrown).slice(0, MAX_COMPLAINT_LENGTH)

function parseTemplate({ vocabulary, onBadTemplate }: PromptReaderOptions): {
  template: Template
  format: ToolFormat
} {
  const { chatTemplate } = vocabulary
  if (chatTemplate !== undefined) {
    try {
      return { template: new Template(chatTemplate), format: toolFormatOf(chatTemplate) }
    } catch (thrown) {
      onBadTemplate?.(reasonOf(thrown))
    }
  }
  return { template: new Template(CHATML_TEMPLATE), format: GENERIC_FORMAT }
}

/** `value` with `change` made to every string in it, names of properties included. */
function mapTexts<T>(value: T, change: (text: string) => string): T
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts<unknown>(item, change))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, item]) => [change(name), mapTexts<unknown>(item, change)])
  return Object.fromEntries(entries)
}

/** Turns prompts into the tokens of one model. */
export function createPromptReader(options: PromptReaderOptions): PromptReader {
  const { vocabulary, contextTokens } = options
  const { template, format } = parseTemplate(options)
  const special = createSpecialText(vocabulary.specialTexts)

  /** Of so many characters: tokenising what cannot fit takes long. */
  function refuseHopeless(length: number, param: string): void {
    const atLeast = Math.ceil(length / (vocabulary.longestToken ?? Number.POSITIVE_INFINITY))
    if (atLeast > contextTokens) refuseLength(contextTokens, atLeast, param)
  }

  const write = ({ messages, tools }: TemplateInput, opensAnswer = true): string =>
    template.render({
      messages,
      // As Hugging Face's `apply_chat_template` does it: templates ask whether it is none.
      tools: tools ?? null,
      add_generation_prompt: opensAnswer,
      bos_token: vocabulary.bosText,
      eos_token: vocabulary.eosText,
    })

  function render(input: TemplateInput, opensAnswer = true): string {
    try {
      return write(input, opensAnswer)
    } catch (thrown) {
      throw new AppError(
        'invalid_request',
        `The model's chat template does not accept these messages: ${reasonOf(thrown)}`,
        { param: 'messages', cause: thrown },
      )
    }
  }

  /** Whether the template writes all of these turns: some refuse a role, and some leave its turns out. */
  function renders(...roles: Message['role'][]): boolean {
    try {
      const messages = roles.map((role) => ({ role, content: `Turn of ${role}.` }))
      const text = write({ messages })
      return messages.every(({ content }) => text.includes(content))
    } catch {
      return false
    }
  }

  /** Whether the template writes a participant's name, in turns of this role. */
  function rendersName(role: Message['role']): boolean {
    const name = 'name-of-a-participant'
    const before: Message['role'][] = role === 'assistant' ? ['user'] : []
    const after: Message['role'][] = role === 'system' ? ['user'] : []
    const turns = [...before, role, ...after].map((each) => ({ role: each, content: `Turn of ${each}.` }))
    try {
      const text = write({ messages: turns.map((turn) => (turn.role === role ? { ...turn, name } : turn)) })
      return text.includes(name)
    } catch {
      return false
    }
  }

  const facts: TemplateFacts = {
    format,
    rendersSystem: renders('system', 'user'),
    rendersTool: renders('user', 'assistant', 'tool'),
    namedRoles: new Set((['system', 'user', 'assistant'] as const).filter(rendersName)),
  }

  function chatTokens(messages: readonly Message[], tools: readonly ToolDefinition[]): number[] {
    const input = templateInput(messages, tools, facts)
    refuseHopeless(
      input.messages.reduce((sum, { content }) => sum + content.length, 0),
      'messages',
    )
    const mark = unusedMark([JSON.stringify(input), vocabulary.chatTemplate ?? ''])
    const pieces = render(mapTexts(input, (text) => special.guard(text, mark))).split(mark)
    const written = pieces.reduce((sum, piece) => sum + piece.length, 0)
    refuseHopeless(written, 'messages') // with the tools, of which a template writes what it likes
    // Every piece is at least a token, so this many cannot fit, and tokenising each would take long.
    if (pieces.length > contextTokens) refuseLength(contextTokens, pieces.length, 'messages')
    return pieces.flatMap((piece, index) => vocabulary.tokenize(piece, index === 0 ? 'special' : 'continued'))
  }

  /** A text of the template behind other text, in which `mark` parts what would be taken for a special token. */
  const continuedTokens = (text: string, mark: string): number[] =>
    text.split(mark).flatMap((piece) => vocabulary.tokenize(piece, 'continued'))

  function answerTokens(messages: readonly Message[], tools: readonly ToolDefinition[]): number[] {
    const input = templateInput(messages, tools, facts)
    const mark = unusedMark([JSON.stringify(input), vocabulary.chatTemplate ?? ''])
    const guarded = mapTexts(input, (text) => special.guard(text, mark))
    const whole = render(guarded, false)
    const opened = render({ ...guarded, messages: guarded.messages.slice(0, -1) })
    const text = whole.startsWith(opened)
      ? whole.slice(opened.length)
      : behindItsOpening(whole, guarded.messages.at(-1)?.content ?? '')
    const tokens = continuedTokens(text, mark)
    const end = tokens.findIndex((token) => vocabulary.isEnd(token))
    return end < 0
      ? [...tokens, ...vocabulary.tokenize(vocabulary.eosText, 'special')]
      : tokens.slice(0, end + 1)
  }

  /** Some templates open an answer with more than they write of one that was given: what was said counts, and its end. */
  function behindItsOpening(whole: string, content: string): string {
    const said = content.trim()
    const at = said === '' ? -1 : whole.lastIndexOf(said)
    if (at < 0)
      throw new AppError('invalid_request', "The model's chat template does not write this answer.", {
        param: 'messages',
      })
    return whole.slice(at)
  }

  /** As llama.cpp does: the first token is added unless the template wrote it. */
  function withFirst(tokens: number[]): number[] {
    const { firstToken } = vocabulary
    return firstToken === undefined || tokens[0] === firstToken ? tokens : [firstToken, ...tokens]
  }

  function textTokens(text: string, param: string): number[] {
    refuseHopeless(text.length, param)
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

  function tokensOf(prompt: Prompt, tools: readonly ToolDefinition[]): number[] {
    switch (prompt.kind) {
      case 'chat':
        return withFirst(chatTokens(prompt.messages, tools))
      case 'text':
        return withFirst(textTokens(prompt.text, 'prompt'))
      case 'tokens':
        checkTokens(prompt.tokens, 'prompt')
        return [...prompt.tokens]
    }
  }

  return {
    toolFormat: format,
    tokensOf(prompt, tools = []) {
      if (tools.length > 0 && prompt.kind !== 'chat') {
        throw new AppError('invalid_request', 'Tools need a chat, not a text.', { param: 'tools' })
      }
      const tokens = tokensOf(prompt, tools)
      if (tokens.length > 0) return tokens
      throw new AppError('invalid_request', 'The prompt is empty.', {
        param: prompt.kind === 'chat' ? 'messages' : 'prompt',
      })
    },
    answerTokens: (messages, tools = []) => answerTokens(messages, tools),
    textTokens,
    checkTokens,
  }
}
