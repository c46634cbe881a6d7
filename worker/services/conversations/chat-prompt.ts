import type { Message } from '../../../shared/generation.ts'

/** A turn as it is stored. */
export interface Turn {
  role: string
  content: string
  queryType?: string | null
}

/** A conversation's memory for a model. */
export interface History<Kept extends Turn = Turn> {
  /** The last turns, oldest first, without system messages. */
  turns: readonly Kept[]
  /** The last system message, however long ago it was. */
  system?: Kept | undefined
  /** There is no turn before these. */
  isWhole: boolean
}

/** The parts of a prompt: text that always stands first, turns that may be left out from the oldest on, and the question. */
export interface ChatPrompt {
  system: readonly Message[]
  /** Oldest first. */
  history: readonly Message[]
  asked: readonly Message[]
}

const isTurn = (role: string): role is 'system' | 'user' | 'assistant' =>
  role === 'system' || role === 'user' || role === 'assistant'

/** Turns for a model, without those of roles that no template knows. */
const toMessages = (turns: readonly Turn[]): Message[] =>
  turns.flatMap(({ role, content }) => (isTurn(role) ? [{ role, content }] : []))

const isSame = (a: Turn | undefined, b: Turn | undefined): boolean =>
  a !== undefined && b !== undefined && a.role === b.role && a.content === b.content

/**
 * The new turns in `given`: clients of a conversation with a memory often send all of its turns again. Turns that repeat the
 * stored ones, from some stored turn to the last, are left out; and so are those before, where what is stored before is not
 * remembered here.
 */
export function newTurns(
  { turns, isWhole }: Pick<History, 'turns' | 'isWhole'>,
  given: readonly Turn[],
): readonly Turn[] {
  for (let start = Math.max(0, turns.length - given.length); start < turns.length; start += 1) {
    const tail = turns.slice(start)
    if (tail.every((turn, index) => isSame(turn, given[index]))) return given.slice(tail.length)
  }
  if (isWhole || turns.length === 0) return given
  for (let before = 1; before + turns.length <= given.length; before += 1) {
    if (turns.every((turn, index) => isSame(turn, given[before + index])))
      return given.slice(before + turns.length)
  }
  return given
}

/** An empty one takes back what was said before, and is nothing where nothing was. */
const isNewSystem = (given: Turn, stored: Turn | undefined): boolean =>
  !isSame(given, stored) && (given.content !== '' || (stored?.content ?? '') !== '')

/** A prompt, and which of its turns the conversation does not have yet. */
export interface ComposedPrompt {
  prompt: ChatPrompt
  added: readonly Turn[]
}

/**
 * The prompt for what is asked, behind the stored turns. System messages stand first; those given now replace the stored
 * ones. Undefined when there is nothing to answer: no new turn, and no stored one that waits for an answer.
 */
export function composePrompt(
  stored: History,
  given: readonly Turn[],
  grounding: readonly string[] = [],
): ComposedPrompt | undefined {
  const isSystem = ({ role }: Turn) => role === 'system'
  const instructions = given.filter(isSystem).map(({ content }) => content)
  const givenSystem: Turn | undefined =
    instructions.length > 0 ? { role: 'system', content: instructions.join('\n\n') } : undefined
  const added = newTurns(
    stored,
    given.filter((turn) => !isSystem(turn)),
  )
  // Nothing new is asked: the last stored turn is what waits for an answer, and must not be left out.
  const waiting = added.length > 0 ? [] : stored.turns.slice(-1)
  if (added.length === 0 && waiting[0]?.role !== 'user') return undefined
  const system = givenSystem ?? stored.system
  return {
    prompt: {
      system: toMessages([
        ...grounding.map((content) => ({ role: 'system', content })),
        ...(system ? [system] : []),
      ]),
      history: toMessages(stored.turns.slice(0, stored.turns.length - waiting.length)),
      asked: toMessages([...waiting, ...added]),
    },
    added: [...(givenSystem && isNewSystem(givenSystem, stored.system) ? [givenSystem] : []), ...added],
  }
}

/** Without the older half of what may be left out, beginning again with a user's turn; undefined when nothing may be. */
export function shortened({ system, history, asked }: ChatPrompt): ChatPrompt | undefined {
  if (history.length === 0) return undefined
  let from = Math.ceil(history.length / 2)
  while (from < history.length && history[from]?.role !== 'user') from += 1
  return { system, history: history.slice(from), asked }
}

/** One system message, as most templates take it, then the turns. */
export function messagesOf({ system, history, asked }: ChatPrompt): Message[] {
  const content = system.map((message) => message.content).join('\n\n')
  return [...(content === '' ? [] : [{ role: 'system' as const, content }]), ...history, ...asked]
}
