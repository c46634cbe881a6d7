import { hash } from 'node:crypto'
import { AppError } from '../../../shared/errors.ts'
import { RecentMap } from '../recent-map.ts'
import { type AnswerGrammar, type Asked, callableNames, checkNames, finderOf } from './answer-grammar.ts'
import type { ToolFormat } from './tool-formats.ts'
import { ToolParser } from './tool-parser.ts'

/** Requests of which it is remembered what their answers are held to, or why they are refused; characters of all grammars. */
const MAX_FORMS = 256
const MAX_FORM_CHARACTERS = 16 * 1024 * 1024

/** The form that an answer is held to, and how it is read. */
export interface AnswerForm extends AnswerGrammar {
  toolParser: ToolParser | undefined
}

type Known = AnswerGrammar | { refusal: AppError }

const ANYTHING: AnswerForm = { grammar: undefined, ways: 0, unenforced: [], toolParser: undefined }

/** Says what answers of one model may be. */
export class AnswerForms {
  readonly #format: ToolFormat
  readonly #compile: (asked: string) => Promise<AnswerGrammar>
  readonly #known = new RecentMap<string, Known>(MAX_FORMS, {
    maxTotal: MAX_FORM_CHARACTERS,
    sizeOf: (known) => ('refusal' in known ? 0 : (known.grammar?.length ?? 0)),
  })
  /** Requests whose forms are being compiled. */
  readonly #open = new Map<string, Promise<Known>>()

  /** `compile` takes an `Asked` as JSON, and rejects with `invalid_request` for what cannot be honoured. */
  constructor(format: ToolFormat, compile: (asked: string) => Promise<AnswerGrammar>) {
    this.#format = format
    this.#compile = compile
  }

  /** At once where it is known. Throws or rejects with `invalid_request` for what cannot be honoured, with its name. */
  formOf({ format, tools }: Asked): AnswerForm | Promise<AnswerForm> {
    if (format === 'text' && tools === undefined) return ANYTHING
    if (tools) checkNames(tools)
    const asked = JSON.stringify({ format, tools })
    const key = hash('sha256', asked, 'base64')
    const known = this.#known.find(key)
    if (known) return this.#formOf(known, tools)
    const open = this.#open.get(key) ?? this.#learn(key, asked)
    return open.then((learnt) => this.#formOf(learnt, tools))
  }

  /** Remembers refusals as well: what takes long to refuse is asked for again. */
  #learn(key: string, asked: string): Promise<Known> {
    const learning = this.#compile(asked)
      .catch((thrown): Known => {
        if (thrown instanceof AppError) return { refusal: thrown }
        throw thrown
      })
      .then((known) => {
        this.#known.set(key, known)
        return known
      })
      .finally(() => this.#open.delete(key))
    this.#open.set(key, learning)
    return learning
  }

  #formOf(known: Known, tools: Asked['tools']): AnswerForm {
    if ('refusal' in known) throw known.refusal
    // An answer that calls nothing is read as it is.
    const mayCall = tools !== undefined && tools.choice !== 'none'
    if (!mayCall) return { ...known, toolParser: undefined }
    const [finder, names] = [finderOf(this.#format, tools), callableNames(tools)]
    return { ...known, toolParser: new ToolParser({ format: this.#format, finder, names }) }
  }
}
