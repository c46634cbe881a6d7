import type { LlamaModel, Token } from 'node-llama-cpp'
import { LlamaVocabularyType } from 'node-llama-cpp'
import type { Spelling, Vocabulary } from '../vocabulary.ts'
import { bytesInFile, createOverlongGuard } from './bytes.ts'

/** The character that a decoder writes for bytes that are none by themselves. */
const REPLACEMENT = '\ufffd'

/** Some files mark the tokens of their turns as ordinary added words; by this form they are known. */
const MARKER_FORM = /^<\|.*\|>$/u

/**
 * Spellings that stand for a token with a meaning: control tokens, those that end an answer, and turn markers. Words
 * that a file merely added to its vocabulary (`<think>`, runs of blanks) are left: templates look for them.
 */
function specialTexts(model: LlamaModel): string[] {
  const texts: string[] = []
  for (const token of model.iterateAllTokens()) {
    const attributes = model.getTokenAttributes(token)
    const isAdded = attributes.userDefined
    if (!attributes.control && !attributes.unknown && !isAdded && !model.isEogToken(token)) continue
    const text = model.detokenize([token], true)
    if (text !== '' && (!isAdded || model.isEogToken(token) || MARKER_FORM.test(text))) texts.push(text)
  }
  return texts
}

function controlTokens(model: LlamaModel): number[] {
  const tokens: number[] = []
  for (const token of model.iterateAllTokens()) {
    const { control, unknown } = model.getTokenAttributes(token)
    if ((control || unknown) && !model.isEogToken(token)) tokens.push(token)
  }
  return tokens
}

function spelling(model: LlamaModel, text: string, token: number): Spelling {
  const shown = text === '' ? model.detokenize([token as Token], true) : text
  const own = shown.includes(REPLACEMENT) ? bytesInFile(model)(token) : undefined
  return { token: shown, bytes: [...(own ?? Buffer.from(shown))] }
}

/** Some tokenisers drop blanks and accents, so the length of a text says nothing about its tokens. */
function longestToken(model: LlamaModel): number | undefined {
  const { vocabularyType } = model
  if (vocabularyType !== LlamaVocabularyType.spm && vocabularyType !== LlamaVocabularyType.bpe)
    return undefined
  const tokens = model.fileInfo.metadata.tokenizer.ggml.tokens
  return tokens.reduce((longest, token) => Math.max(longest, token.length), 1)
}

/**
 * Text of tokens after other text: a tokeniser with a space before each word drops it at the beginning of a text, so a
 * token in front of them keeps it. The text of a whole character's token is always the same, and kept.
 */
function createTextOf(model: LlamaModel): (tokens: readonly number[]) => string {
  const anchor = model.tokenize('a', false).slice(-1)
  const anchorText = model.detokenize(anchor)
  const known = new Map<number, string>()
  const read = (tokens: readonly number[]): string => {
    const text = model.detokenize([...anchor, ...(tokens as Token[])])
    return text.startsWith(anchorText) ? text.slice(anchorText.length) : model.detokenize(tokens as Token[])
  }
  return (tokens) => {
    const [token] = tokens
    if (tokens.length !== 1 || token === undefined) return read(tokens)
    const found = known.get(token)
    if (found !== undefined) return found
    const text = read(tokens)
    if (!text.includes(REPLACEMENT)) known.set(token, text)
    return text
  }
}

/** The vocabulary of a loaded model. */
export function createVocabulary(model: LlamaModel): Vocabulary {
  const { tokens } = model
  const textOf = createTextOf(model)
  return {
    size: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    tokenize: (text, reading) =>
      reading === 'continued'
        ? model.tokenize(text, true, 'trimLeadingSpace')
        : model.tokenize(text, reading === 'special'),
    textOf,
    isEnd: (token) => model.isEogToken(token as Token),
    spellingOf: (token) => spelling(model, textOf([token]), token),
    firstToken: tokens.shouldPrependBosToken ? (tokens.bos ?? undefined) : undefined,
    bosText: tokens.bosString ?? '',
    eosText: tokens.eosString ?? '',
    specialTexts: specialTexts(model),
    controlTokens: controlTokens(model),
    overlong: createOverlongGuard(bytesInFile(model), model.fileInfo.metadata.tokenizer.ggml.tokens.length),
    longestToken: longestToken(model),
    chatTemplate: model.fileInfo.metadata.tokenizer.chat_template,
  }
}
