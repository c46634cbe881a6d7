import type { CallEvent, GenerationRequest, Tools } from '../../../shared/generation.ts'
import type { CallStream } from '../../services/inference/call-run.ts'

/** Names the tools of a request whose arguments its nodes did not hold to their schema; absent where there are none. */
export const UNENFORCED_HEADER = 'x-unenforced-tools'

/** Longest value of the header: names, and what stands for those that do not fit. */
export const MAX_UNENFORCED_LENGTH = 1_024

/** Stands for tools that are not named; no tool is called so. */
const OTHERS = '*'

/** Tools that may be called, whose arguments have a schema and need not be held to it. */
export function lenientTools({ definitions, choice, allowed }: Tools): string[] {
  if (choice === 'none') return []
  const mayBeCalled = (name: string): boolean =>
    typeof choice === 'object' ? choice.name === name : (allowed?.includes(name) ?? true)
  return definitions
    .filter(({ name, strict, parameters }) => !strict && parameters !== undefined && mayBeCalled(name))
    .map(({ name }) => name)
}

/** Names as the value of the header, within its length. */
function listed(names: readonly string[], isWhole: boolean): string {
  let value = ''
  for (const [index, name] of names.entries()) {
    const longer = value === '' ? name : `${value}, ${name}`
    const isLast = isWhole && index === names.length - 1
    if (longer.length + (isLast ? 0 : `, ${OTHERS}`.length) > MAX_UNENFORCED_LENGTH)
      return `${value}, ${OTHERS}`
    value = longer
  }
  if (isWhole) return value
  return value === '' ? OTHERS : `${value}, ${OTHERS}`
}

/** Whether an event tells of tools and of nothing else. */
const onlyTells = (event: CallEvent): boolean =>
  event.type === 'delta' &&
  event.text === '' &&
  event.tokens.length === 0 &&
  event.extra?.unenforced !== undefined

/** The tools of one request whose arguments are not held to their schema, as far as its nodes have told. */
export class UnenforcedTools {
  readonly #lenient: readonly string[]
  readonly #choices: number
  readonly #told = new Set<string>()
  /** The choices whose nodes have told. */
  readonly #heard = new Set<number>()

  /** `requests` are the choices of one prompt: their tools are the same. */
  constructor(requests: readonly GenerationRequest[]) {
    const [first] = requests
    this.#lenient = first?.tools?.tellUnenforced ? lenientTools(first.tools) : []
    this.#choices = requests.length
  }

  /** Hears what the node of a choice tells, and passes everything else on. */
  hear(stream: CallStream, choice: number): CallStream {
    return this.#lenient.length === 0 ? stream : this.#listen(stream, choice)
  }

  /** The header that tells them. Names are those of the request, whatever the nodes say. */
  get headers(): Record<string, string> {
    const isWhole = this.#heard.size === this.#choices
    const names = this.#lenient.filter((name) => this.#told.has(name))
    if (this.#lenient.length === 0 || (isWhole && names.length === 0)) return {}
    return { [UNENFORCED_HEADER]: listed(names, isWhole) }
  }

  async *#listen(stream: CallStream, choice: number): CallStream {
    for await (const events of stream) {
      for (const event of events) if (event.type === 'delta') this.#note(choice, event.extra?.unenforced)
      const others = events.filter((event) => !onlyTells(event))
      if (others.length > 0 || events.length === 0) yield others
    }
  }

  #note(choice: number, names: readonly string[] | undefined): void {
    if (names === undefined) return
    this.#heard.add(choice)
    for (const name of names) this.#told.add(name)
  }
}
