import type { Vocabulary } from '../vocabulary.ts'

/** How a family of models writes tool calls: always a JSON object with a name and, behind it, the arguments. */
export interface ToolFormat {
  id: 'generic' | 'hermes' | 'llama' | 'mistral'
  nameKey: string
  argumentsKey: string
  /** The mark that announces a call, wherever it stands; absent where the object itself does, with the name of a tool in it. */
  mark?: string
  /** Where an object without a mark may begin: anywhere in text it would only be an example. */
  place?: 'line' | 'start'
  /** Behind each call. */
  closing?: string
  /** Between calls; blanks are taken as well. */
  separator: string
  /** Whether the calls of a turn are one JSON array behind the mark. */
  isList: boolean
  /** Whether the template refuses turns of several calls. */
  isSingle: boolean
  /** Length of the ids of calls, where the template is particular about it. */
  idLength?: number
}

/** Ours, for templates that know nothing of tools; the starter model was trained on it. */
export const GENERIC_FORMAT: ToolFormat = {
  id: 'generic',
  nameKey: 'tool',
  argumentsKey: 'input',
  place: 'line',
  separator: '\n',
  isList: false,
  isSingle: false,
}

/** Hermes, Qwen 2.5 and Qwen 3 (github.com/NousResearch/Hermes-Function-Calling). */
const HERMES_FORMAT: ToolFormat = {
  id: 'hermes',
  nameKey: 'name',
  argumentsKey: 'arguments',
  mark: '<tool_call>',
  closing: '</tool_call>',
  separator: '\n',
  isList: false,
  isSingle: false,
}

/** Llama 3.1 and later with tools as JSON (llama.com/docs, "JSON based tool calling"). */
const LLAMA_FORMAT: ToolFormat = {
  id: 'llama',
  nameKey: 'name',
  argumentsKey: 'parameters',
  place: 'start',
  separator: '; ',
  isList: false,
  isSingle: false,
}

/** Mistral 7B v0.3 to Nemo (docs of mistral-common, tokenizers v2 and v3). */
const MISTRAL_FORMAT: ToolFormat = {
  id: 'mistral',
  nameKey: 'name',
  argumentsKey: 'arguments',
  mark: '[TOOL_CALLS]',
  separator: ', ',
  isList: true,
  isSingle: false,
  idLength: 9,
}

/** The format of a template, by what it writes into prompts. Templates of other forms get the generic one. */
export function toolFormatOf(template: string | undefined): ToolFormat {
  if (template === undefined || !/\btools\b/u.test(template)) return GENERIC_FORMAT
  const has = (...texts: string[]): boolean => texts.every((text) => template.includes(text))
  // Later families put other things between the same marks: XML of Qwen3-Coder and GLM, `name[ARGS]{}` of Mistral.
  if (has('<tool_call>', 'arguments') && !has('<function=') && !has('<arg_key>')) return HERMES_FORMAT
  if (has('[TOOL_CALLS]') && !has('[ARGS]')) return MISTRAL_FORMAT
  if (/"name\\?"/u.test(template) && /"parameters\\?"/u.test(template) && has('tool_calls')) {
    return { ...LLAMA_FORMAT, isSingle: has('single tool-call') }
  }
  return GENERIC_FORMAT
}

/** Tokens of the marks that have no text of their own in an answer, with the text that the parser needs to see. */
export function markTokens(
  { mark, closing }: ToolFormat,
  { tokenize, textOf }: Pick<Vocabulary, 'tokenize' | 'textOf'>,
): Map<number, string> {
  const marks = new Map<number, string>()
  for (const text of [mark, closing]) {
    if (text === undefined) continue
    const [token, ...others] = tokenize(text, 'special')
    if (token !== undefined && others.length === 0 && textOf([token]) === '') marks.set(token, text)
  }
  return marks
}

/** `textOf` with the text of marks. */
export function withMarks(
  textOf: Vocabulary['textOf'],
  marks: ReadonlyMap<number, string>,
): Vocabulary['textOf'] {
  return (tokens) => {
    const at = tokens.findIndex((token) => marks.has(token))
    if (at < 0) return textOf(tokens)
    const before = at === 0 ? '' : textOf(tokens.slice(0, at))
    const after = at + 1 === tokens.length ? '' : withMarks(textOf, marks)(tokens.slice(at + 1))
    return before + (marks.get(tokens[at] ?? -1) ?? '') + after
  }
}
