import { batch, signal } from '@preact/signals'
import { announce } from '../../kit/announce.tsx'
import { askJson } from '../../session/api.ts'
import { Failure } from '../../session/failure.ts'
import { type AskOptions, type Frame, type MessageList, placeIn } from './frames.ts'
import { Growth } from './growth.ts'
import { Line } from './line.ts'
import { change, contentOf, endOf, isOpen, newTurn, type Turn, type TurnContent } from './turn.ts'

/** Messages that are fetched at once: when a talk is opened, the last ones. */
const PAGE = 50

/** Counts up when the list of talks may have changed. */
export const changes = signal(0)

const pathOf = (id: string) => `/v1/conversations/${encodeURIComponent(id)}`

const lost = () => new Error('The connection was lost before the question arrived.')

/** A question that has no answer yet. */
interface Pending {
  ref: string
  answer: Turn
  /** Where it is not stored yet. */
  question?: Turn
  /** The answer that it is to take the place of. */
  replaced?: Turn
}

type FrameOf<Type extends Frame['type']> = Extract<Frame, { type: Type }>

const shownIn = ({ data }: MessageList): Turn[] =>
  data.flatMap((message) => {
    const { role } = message
    return role === 'user' || role === 'assistant' ? [newTurn(role, contentOf(message))] : []
  })

function fetchPage(id: string, before?: string): Promise<MessageList> {
  const query = before === undefined ? '' : `&before=${before}`
  return askJson<MessageList>(`${pathOf(id)}/messages?limit=${PAGE}${query}`)
}

/** A talk on the page: what was said, what is being said, and the line over which it comes. */
export class Talk {
  readonly conversation = signal<string | undefined>(undefined)
  readonly turns = signal<readonly Turn[]>([])
  readonly hasEarlier = signal(false)
  readonly instructions = signal<string | null>(null)
  readonly isBusy = signal(false)
  readonly failure = signal<unknown>(undefined)
  readonly #growth = new Growth()
  readonly #line = new Line({
    conversation: () => this.conversation.peek(),
    place: () => this.#place(),
    isAwaiting: () => this.isBusy.peek(),
    onFrame: (frame) => this.#hear(frame),
    onGone: () => {
      if (this.#pending) this.#settle({ state: 'refused', failure: lost() })
      else this.failure.value = new Error('The conversation is no more.')
    },
  })
  #pending: Pending | undefined
  #isFirstJoin = true
  #catching: Promise<void> | undefined
  #isBehind = false

  get connection() {
    return this.#line.state
  }

  /** Opens a talk from its end. */
  async open(id: string): Promise<void> {
    this.leave()
    this.conversation.value = id
    const page = await fetchPage(id)
    if (this.conversation.peek() !== id) return
    batch(() => {
      this.turns.value = shownIn(page)
      this.hasEarlier.value = page.has_more
      this.instructions.value = page.instructions
      this.isBusy.value = this.turns.peek().at(-1)?.content.peek().state === 'streaming'
    })
    this.#line.open()
  }

  /** Fetches the page of messages before those that are shown. */
  async earlier(): Promise<void> {
    const id = this.conversation.peek()
    const first = this.turns.peek()[0]?.content.peek().id
    if (id === undefined || first === undefined || !this.hasEarlier.peek()) return
    this.hasEarlier.value = false
    const page = await fetchPage(id, first)
    if (this.conversation.peek() !== id) return
    this.turns.value = [...shownIn(page), ...this.turns.peek()]
    this.hasEarlier.value = page.has_more
  }

  /** Leaves what is shown and begins anew. */
  leave(): void {
    this.#line.end()
    this.#growth.forget()
    this.#pending = undefined
    this.#isFirstJoin = true
    batch(() => {
      this.conversation.value = undefined
      this.turns.value = []
      this.hasEarlier.value = false
      this.instructions.value = null
      this.isBusy.value = false
      this.failure.value = undefined
    })
  }

  /** Asks, and shows the answer as it comes. */
  say(text: string, options: AskOptions): void {
    if (this.isBusy.peek()) return
    const question = newTurn('user', { text })
    const answer = newTurn('assistant', { state: 'waiting', model: options.model ?? null })
    const ref = this.#begin({ answer, question })
    this.turns.value = [...this.turns.peek(), question, answer]
    this.#line.send({ type: 'ask', ref, text, ...options })
  }

  /** Makes the last answer again. A question that was refused is asked again. */
  again(options: AskOptions): void {
    const turns = this.turns.peek()
    const last = turns.at(-1)
    if (this.isBusy.peek() || last?.role !== 'assistant') return
    const question = turns.at(-2)
    if (question?.role === 'user' && question.content.peek().position === undefined) {
      this.turns.value = turns.slice(0, -2)
      this.say(question.content.peek().text, options)
      return
    }
    const isRefused = last.content.peek().state === 'refused'
    const answer = newTurn('assistant', { state: 'waiting', model: options.model ?? null })
    const ref = this.#begin({ answer, ...(!isRefused && { replaced: last }) })
    this.turns.value = [...turns.slice(0, -1), answer]
    this.#line.send({ type: 'regenerate', ref, ...options })
  }

  /** Stops the answer in the making; what there is of it stays. */
  stop(): void {
    this.#line.send({ type: 'stop' })
  }

  /** Begins another talk with what was said up to a turn, or before it. Answers with its id. */
  async branch(turn: Turn, where: 'through' | 'before'): Promise<string> {
    // Of a question of this page, the id is known only from what is stored.
    if (turn.content.peek().id === undefined) await this.#catchUp()
    const [id, message] = [this.conversation.peek(), turn.content.peek().id]
    if (id === undefined || message === undefined) throw new Error('This was not stored: ask anew.')
    const made = await askJson<{ id: string }>(`${pathOf(id)}/branches`, { body: { [where]: message } })
    changes.value += 1
    return made.id
  }

  dispose(): void {
    this.#line.dispose()
  }

  /** Where this page stands: behind what it has of the last answer. */
  #place(): string | undefined {
    if (this.conversation.peek() === undefined) return undefined
    const last = this.turns.peek().findLast(({ content }) => content.peek().position !== undefined)
    if (!last) return '1.0'
    const { position = 0 } = last.content.peek()
    return last.role === 'assistant' && isOpen(last)
      ? `${position}.${this.#growth.textOf(last).length}`
      : `${position + 1}.0`
  }

  #begin(pending: Omit<Pending, 'ref'>): string {
    const ref = crypto.randomUUID()
    this.#pending = { ref, ...pending }
    this.isBusy.value = true
    this.failure.value = undefined
    return ref
  }

  /** Ends what waits for an answer. */
  #settle(over: Partial<TurnContent>): void {
    this.#growth.drawNow()
    const turns = this.turns.peek()
    const { replaced, answer = turns.findLast(isOpen) } = this.#pending ?? {}
    if (answer) change(answer, over)
    // What was to be replaced is still there.
    if (replaced && over.state === 'refused') {
      this.turns.value = turns.map((turn) => (turn === answer ? replaced : turn))
      this.failure.value = over.failure
    }
    this.#pending = undefined
    this.isBusy.value = false
  }

  #at(position: number): Turn | undefined {
    return this.turns.peek().findLast(({ content }) => content.peek().position === position)
  }

  /** The question of this page has its answer at a position, and stands before it itself. */
  #bind(position: number, more: Partial<TurnContent> = {}): Turn | undefined {
    const { answer, question } = this.#pending ?? {}
    if (answer) change(answer, { position, ...more })
    if (question) change(question, { position: position - 1 })
    return answer
  }

  /** Takes up what others, or an earlier life of this page, have said: one page at a time, however many pieces show that it lacks something. */
  #catchUp(): Promise<void> {
    this.#isBehind = true
    this.#catching ??= this.#whileBehind().finally(() => {
      this.#catching = undefined
    })
    return this.#catching
  }

  async #whileBehind(): Promise<void> {
    while (this.#isBehind) {
      this.#isBehind = false
      await this.#takeUp()
    }
  }

  async #takeUp(): Promise<void> {
    const id = this.conversation.peek()
    const page = id === undefined ? undefined : await fetchPage(id).catch(() => undefined)
    if (!page || this.conversation.peek() !== id) return
    this.#growth.drawNow()
    const known = new Map(this.turns.peek().map((turn) => [turn.content.peek().position, turn]))
    const replaced = this.#pending?.replaced?.content.peek().position
    const fresh = shownIn(page)
      .filter(({ content }) => replaced === undefined || content.peek().position !== replaced)
      .map((turn) => {
        const stored = turn.content.peek()
        const mine = known.get(stored.position)
        if (!mine) return turn
        // Where it is being said, what was heard is newer than what is stored.
        const isNewer = stored.state !== 'streaming' && stored.text.length >= mine.content.peek().text.length
        change(mine, isNewer ? stored : { id: stored.id })
        return mine
      })
    const from = page.data[0]?.position ?? 0
    const rest = (isKept: (position: number | undefined) => boolean) =>
      this.turns.peek().filter(({ content }) => isKept(content.peek().position))
    this.turns.value = [
      ...rest((position) => position !== undefined && position < from),
      ...fresh,
      ...rest((position) => position === undefined),
    ]
  }

  #hear(frame: Frame): void {
    if (frame.type === 'joined') this.#onJoined(frame)
    if (frame.type === 'start') this.#onStart(frame)
    if (frame.type === 'delta') this.#onDelta(frame)
    if (frame.type === 'end') this.#onEnd(frame)
    if (frame.type === 'error') this.#onError(frame)
    const open = this.turns.peek().findLast(isOpen)
    if (!open) return
    const { steps, moves } = open.content.peek()
    if (frame.type === 'step') change(open, { steps: [...steps, frame.step] })
    if (frame.type === 'moved') change(open, { moves: moves + 1, node: frame.node })
  }

  #onJoined({ conversation, answering }: FrameOf<'joined'>): void {
    const isBack = !this.#isFirstJoin
    this.#isFirstJoin = false
    // One that waited for the line is on its way only now.
    const isLost = this.#pending && !answering && !this.#line.holds(this.#pending.ref)
    if (isBack && isLost) this.#settle({ state: 'refused', failure: lost() })
    // From here on the question may be there: whoever comes back asks for this conversation.
    if (this.#pending) this.conversation.value = conversation
    this.isBusy.value = answering || this.#pending !== undefined
    if (isBack) void this.#catchUp()
  }

  #onStart({ ref, id, conversation, message, model }: FrameOf<'start'>): void {
    this.conversation.value = conversation
    this.isBusy.value = true
    changes.value += 1
    if (ref === this.#pending?.ref) this.#bind(placeIn(id).position, { id: message, model })
    else void this.#catchUp()
  }

  #onDelta({ id, text }: FrameOf<'delta'>): void {
    const { position, offset } = placeIn(id)
    const isMine = this.#pending && this.#pending.answer.content.peek().position === undefined
    const turn = this.#at(position) ?? (isMine ? this.#bind(position) : undefined)
    const from = offset - text.length
    // A piece of something that is not here, or that has a gap before it: it is asked for whole.
    if (!turn || !this.#growth.add(turn, text, from)) void this.#catchUp()
  }

  #onEnd(frame: FrameOf<'end'>): void {
    const turn = this.#at(placeIn(frame.id).position - 1)
    this.#growth.drawNow()
    if (turn) change(turn, endOf(frame, turn.content.peek()))
    else void this.#catchUp()
    this.#pending = undefined
    this.isBusy.value = false
    changes.value += 1
    announce(frame.state === 'complete' ? 'The answer is there.' : 'The answer was stopped.')
  }

  #onError({ ref, id, status, error, retry_after: retryAfter }: FrameOf<'error'>): void {
    // A token that ends is the line's business, and a refusal is about the question that it names.
    if (status === 401 || (id === undefined && ref !== this.#pending?.ref)) return
    const { message, param, code } = error
    const about = { status, param: param ?? undefined, code: code ?? undefined, retryAfter }
    this.#settle({ state: id === undefined ? 'refused' : 'failed', failure: new Failure(message, about) })
    announce('The answer failed.')
  }
}
