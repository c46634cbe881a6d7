import { signal } from '@preact/signals'
import type { AskOptions } from './frames.ts'

const MODEL = 'switchyard.model'

/** How questions are to be answered, as the person has set it. */
export interface Settings {
  instructions: string
  temperature: number
  topP: number
  /** Empty where the edge decides. */
  maxTokens: string
  /** Empty for none, `all`, or a document's id. */
  documents: string
  /** Empty for none. */
  agent: string
}

export const settings = signal<Settings>({
  instructions: '',
  temperature: 0.7,
  topP: 1,
  maxTokens: '',
  documents: '',
  agent: '',
})

export const set = (over: Partial<Settings>): void => {
  settings.value = { ...settings.peek(), ...over }
}

/** The models of the columns, the second one where two are compared. Empty: the first that there is. */
export const models = signal<readonly string[]>([localStorage.getItem(MODEL) ?? ''])

/** Takes up the model that another page has chosen since, which keeps it where `chooseModel` does. */
export function recallModel(): void {
  models.value = [localStorage.getItem(MODEL) ?? '', ...models.peek().slice(1)]
}

export function chooseModel(column: number, model: string): void {
  models.value = models.peek().map((one, at) => (at === column ? model : one))
  if (column === 0) localStorage.setItem(MODEL, model)
}

/** Those settings as the socket takes them. Instructions go along where they are others than those that hold. */
export function optionsFor(model: string | undefined, held: string | null): AskOptions {
  const { instructions, temperature, topP, maxTokens, documents, agent } = settings.peek()
  const isOther = instructions.trim() !== (held ?? '')
  const tokens = Number(maxTokens)
  return {
    model,
    temperature,
    ...(topP < 1 && { top_p: topP }),
    ...(isOther && { instructions: instructions.trim() }),
    ...(maxTokens !== '' && Number.isInteger(tokens) && tokens > 0 && { max_tokens: tokens }),
    ...(documents === 'all' && { documents: { search: true as const } }),
    ...(documents !== '' && documents !== 'all' && { documents: { ids: [documents] } }),
    ...(agent !== '' && { agent_type: agent }),
  }
}
