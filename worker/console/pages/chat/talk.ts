import { signal } from '@preact/signals'
import { announce } from '../../kit/announce.tsx'
import { ask, askJson } from '../../session/api.ts'
import { askEvents } from '../../session/events.ts'

/** A turn of the talk that is shown. */
export interface Turn {
  key: string
  role: 'user' | 'assistant'
  text: string
  /** While it is being made; what became of it afterwards. */
  state: 'streaming' | 'complete' | 'stopped' | 'failed'
  failure?: unknown
  figures?: Figures
}

/** Figures of an answer, measured by this page; tokens as the edge counts them. */
export interface Figures {
  model: string
  tokens: number | null
  firstMs: number | null
  totalMs: number
}

export interface TalkOptions {
  model: string
  instructions: string
  temperature: number
}

interface Conversation {
  id: string
}

interface Item {
  id: string
  type: string
  role?: string
  status?: string
  content?: { type: string; text?: string }[]
}

type ResponseEvent =
  | { type: 'response.output_text.delta'; delta: string }
  | {
      type: 'response.completed' | 'response.incomplete' | 'response.failed'
      response: { usage?: { output_tokens: number } | null; error?: { message: string } | null }
    }
  | { type: 'error'; message: string }
  | { type: 'response.other' }

/** Turns that are fetched when a talk is opened: the last ones. */
const SHOWN_ITEMS = 50

export const conversationId = signal<string | undefined>(undefined)
export const turns = signal<readonly Turn[]>([])
export const isBusy = signal(false)
/** Counts up when the list of talks may have changed. */
export const changes = signal(0)

let current: AbortController | undefined
let made = 0
const newKey = (): string => {
  made += 1
  return `turn-${made}`
}

/** Changes the last turn. */
function change(over: Partial<Turn>): void {
  const [last] = turns.peek().slice(-1)
  if (last) turns.value = [...turns.peek().slice(0, -1), { ...last, ...over }]
}

const textOf = ({ content = [] }: Item): string => content.map(({ text = '' }) => text).join('')

/** Opens a talk from its end. */
export async function open(id: string, stop: AbortSignal): Promise<void> {
  const { data } = await askJson<{ data: Item[] }>(
    `/v1/conversations/${encodeURIComponent(id)}/items?order=desc&limit=${SHOWN_ITEMS}`,
    { signal: stop },
  )
  conversationId.value = id
  turns.value = data.toReversed().flatMap((item): Turn[] => {
    if (item.type !== 'message' || (item.role !== 'user' && item.role !== 'assistant')) return []
    const state = item.status === 'incomplete' ? 'stopped' : 'complete'
    return [{ key: item.id, role: item.role, text: textOf(item), state }]
  })
}

/** Leaves what is shown and begins anew. */
export function beginAnew(): void {
  current?.abort()
  conversationId.value = undefined
  turns.value = []
}

/** Stops the answer in the making; what there is of it stays. */
export const stop = (): void => current?.abort()

/** Characters of a first question that name its talk. */
const TITLE_LENGTH = 60

async function conversation(firstWords: string): Promise<string> {
  const known = conversationId.peek()
  if (known !== undefined) return known
  const { id } = await askJson<Conversation>('/v1/conversations', { body: {} })
  const title = firstWords.replaceAll(/\s+/g, ' ').slice(0, TITLE_LENGTH).toWellFormed()
  await ask(`/v1/conversations/${id}`, { method: 'PATCH', body: { title } })
  conversationId.value = id
  return id
}

/** Hears an answer; resolves with the tokens that it came to. */
async function hear(
  text: string,
  { model, instructions, temperature }: TalkOptions,
  { signal: stopped, onText }: { signal: AbortSignal; onText: (piece: string) => void },
): Promise<number | null> {
  const body = {
    model,
    input: text,
    conversation: await conversation(text),
    temperature,
    stream: true,
    ...(instructions.trim() === '' ? {} : { instructions }),
  }
  let tokens: number | null = null
  for await (const event of askEvents<ResponseEvent>('/v1/responses', { body, signal: stopped })) {
    if (event.type === 'response.output_text.delta') onText(event.delta)
    if (event.type === 'error') throw new Error(event.message)
    if (event.type === 'response.failed')
      throw new Error(event.response.error?.message ?? 'The answer failed.')
    if (event.type === 'response.completed' || event.type === 'response.incomplete')
      tokens = event.response.usage?.output_tokens ?? null
  }
  return tokens
}

/** Asks, and shows the answer as it comes. */
export async function say(text: string, options: TalkOptions): Promise<void> {
  if (isBusy.peek()) return
  isBusy.value = true
  const abort = new AbortController()
  current = abort
  turns.value = [
    ...turns.peek(),
    { key: newKey(), role: 'user', text, state: 'complete' },
    { key: newKey(), role: 'assistant', text: '', state: 'streaming' },
  ]
  const askedAt = performance.now()
  let firstMs: number | null = null
  let answer = ''
  let drawing = 0
  const draw = () => {
    drawing = 0
    change({ text: answer })
  }
  const figures = (tokens: number | null): Figures => ({
    model: options.model,
    tokens,
    firstMs,
    totalMs: performance.now() - askedAt,
  })
  try {
    const tokens = await hear(text, options, {
      signal: abort.signal,
      onText: (piece) => {
        firstMs ??= performance.now() - askedAt
        answer += piece
        // At most once for each picture of the screen, however fast the tokens come.
        drawing ||= requestAnimationFrame(draw)
      },
    })
    change({ text: answer, state: 'complete', figures: figures(tokens) })
    announce('The answer is there.')
  } catch (thrown) {
    if (abort.signal.aborted) change({ text: answer, state: 'stopped', figures: figures(null) })
    else change({ text: answer, state: 'failed', failure: thrown })
  }
  cancelAnimationFrame(drawing)
  isBusy.value = false
  changes.value += 1
}

/** Deletes a talk. */
export async function forget(id: string): Promise<void> {
  await ask(`/v1/conversations/${encodeURIComponent(id)}`, { method: 'DELETE' })
  if (conversationId.peek() === id) beginAnew()
  changes.value += 1
}
