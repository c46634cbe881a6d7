import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { z } from 'zod'
import type { Model } from '../../../surfaces/openai/schemas/model.ts'
import { useLoaded } from '../../kit/load.ts'
import { Problem } from '../../kit/problem.tsx'
import { askJson } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { Composer } from './composer.tsx'
import { Options } from './options.tsx'
import { Pane } from './pane.tsx'
import { chooseModel, models, optionsFor, recallModel, set } from './settings.ts'
import { Talk } from './talk.ts'
import { Talks } from './talks.tsx'
import type { TurnDeeds } from './turn-view.tsx'

type Listed = z.infer<typeof Model>

const TALK = 'talk'

/** The talk that the address names. */
const named = (): string | undefined => new URLSearchParams(location.search).get(TALK) ?? undefined

/** Writes the open talk into the address, so that a reload finds it. */
function name(id: string | undefined): void {
  const url = new URL(location.href)
  if (id === undefined) url.searchParams.delete(TALK)
  else url.searchParams.set(TALK, id)
  if (url.href !== location.href) history.replaceState(history.state, '', url)
}

/** The two columns' talks; the second is shown where two models are compared. */
function useTalks() {
  const talks = useMemo(() => [new Talk(), new Talk()] as const, [])
  useEffect(
    () => () => {
      for (const talk of talks) talk.dispose()
    },
    [talks],
  )
  return talks
}

function ModelChoice({ column, offered }: { column: number; offered: readonly Listed[] }) {
  return (
    <select
      aria-label={column === 0 ? 'Model' : 'The other model'}
      value={models.value[column] || offered[0]?.id}
      onChange={(event) => chooseModel(column, event.currentTarget.value)}
    >
      {offered.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </select>
  )
}

/** The talks of the page and the deeds that are done with them. */
function useChat(known: readonly Listed[]) {
  const talks = useTalks()
  const [first, second] = talks
  useEffect(recallModel, [])
  const failure = useSignal<unknown>(undefined)
  const isComparing = models.value.length > 1
  const columns: readonly Talk[] = isComparing ? talks : [first]
  // Read by deeds that are made once, before the models are known.
  const now = useRef(known)
  now.current = known
  const modelOf = (column: number) => {
    const { current } = now
    return current.find(({ id }) => id === models.peek()[column])?.id ?? current[column]?.id ?? current[0]?.id
  }
  const optionsOf = (talk: Talk) => optionsFor(modelOf(talk === first ? 0 : 1), talk.instructions.peek())
  const trying = (work: Promise<unknown>) => {
    failure.value = undefined
    work.catch((thrown) => {
      failure.value = thrown
    })
  }
  const open = async (talk: Talk, id: string) => {
    await talk.open(id)
    if (talk === first) set({ instructions: talk.instructions.peek() ?? '' })
  }
  const compare = async () => {
    if (isComparing) {
      second.leave()
      models.value = models.peek().slice(0, 1)
      return
    }
    models.value = [...models.peek(), known.find(({ id }) => id !== modelOf(0))?.id ?? '']
    const last = first.turns.peek().findLast(({ content }) => content.peek().position !== undefined)
    // The other model goes on from the same words.
    if (last) await open(second, await first.branch(last, 'through'))
  }
  const deedsOf = (talk: Talk): TurnDeeds => ({
    again: () => talk.again(optionsOf(talk)),
    branch: (turn) => trying(talk.branch(turn, 'through').then((id) => open(talk, id))),
    edit: (turn, text) => {
      const branched = talk.branch(turn, 'before').then((id) => open(talk, id))
      trying(branched.then(() => talk.say(text, optionsOf(talk))))
    },
  })
  const beginAnew = () => {
    failure.value = undefined
    for (const talk of talks) talk.leave()
  }
  const say = (text: string) => {
    for (const talk of columns) talk.say(text, optionsOf(talk))
  }
  const stop = () => {
    for (const talk of columns) if (talk.isBusy.peek()) talk.stop()
  }
  return {
    ...{ first, columns, failure, isComparing, modelOf, deedsOf, beginAnew, say, stop },
    compare: () => trying(compare()),
    open: (id: string) => trying(open(first, id)),
  }
}

/** Keeps the address at the open talk: the one that it names is opened, and a reload finds it. */
function useAddress(talk: Talk, open: (id: string) => void) {
  // Before the page is painted: what it holds is asked for first.
  useLayoutEffect(() => {
    const id = named()
    if (id !== undefined) open(id)
  }, [])
  const current = talk.conversation.value
  const isFirst = useRef(true)
  useEffect(() => {
    if (!isFirst.current) name(current)
    isFirst.current = false
  }, [current])
  return current
}

/** Talking with a model, or with two side by side. */
export function ChatPage() {
  const offered = useLoaded((signal) => askJson<{ data: Listed[] }>('/v1/models', { signal }))
  const known = offered.value.value?.data ?? []
  const chat = useChat(known)
  const { first, columns, isComparing } = chat
  const current = useAddress(first, chat.open)
  const isListing = useSignal(false)
  const hasOptions = useSignal(false)
  const isBusy = columns.some((talk) => talk.isBusy.value)
  const bar = (
    <div class="bar">
      <button
        type="button"
        class="quiet narrow-only"
        aria-expanded={isListing.value}
        onClick={() => {
          isListing.value = !isListing.value
        }}
      >
        Conversations
      </button>
      {columns.map((_, column) => (
        <ModelChoice key={column} column={column} offered={known} />
      ))}
      <button
        type="button"
        class="quiet"
        aria-pressed={isComparing}
        disabled={known.length === 0 || isBusy}
        onClick={chat.compare}
      >
        Compare two
      </button>
    </div>
  )
  return (
    <div class={isListing.value ? 'chat listing' : 'chat'}>
      <Talks
        current={current}
        onNew={chat.beginAnew}
        onOpen={(id) => {
          isListing.value = false
          chat.open(id)
        }}
        onGone={(id) => id === first.conversation.peek() && chat.beginAnew()}
      />
      <Page title="Chat" actions={bar}>
        <details
          class="set"
          onToggle={() => {
            hasOptions.value = true
          }}
        >
          <summary>Options</summary>
          {hasOptions.value && <Options />}
        </details>
        <Problem failure={offered.failure.value ?? chat.failure.value} again={() => void offered.again()} />
        <div class={isComparing ? 'panes two' : 'panes'}>
          {columns.map((talk, column) => (
            <Pane
              key={column}
              talk={talk}
              label={isComparing ? `Conversation with ${chat.modelOf(column)}` : 'Conversation'}
              deeds={chat.deedsOf(talk)}
            />
          ))}
          {first.turns.value.length === 0 && current === undefined && (
            <p class="welcome">What would you like to know?</p>
          )}
        </div>
        <Composer
          talk={current}
          isReady={known.length > 0}
          isBusy={isBusy}
          onSend={chat.say}
          onStop={chat.stop}
        />
      </Page>
    </div>
  )
}
