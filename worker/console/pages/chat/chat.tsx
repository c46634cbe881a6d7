import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { z } from 'zod'
import type { Model } from '../../../surfaces/openai/schemas/model.ts'
import { useLoaded } from '../../kit/load.ts'
import { Problem } from '../../kit/problem.tsx'
import { askJson } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { Composer } from './composer.tsx'
import { isBusy, open, say, turns } from './talk.ts'
import { Talks } from './talks.tsx'
import { TurnView } from './turn-view.tsx'

type Listed = z.infer<typeof Model>

const MODEL = 'switchyard.model'
const DEFAULT_TEMPERATURE = 0.7
/** As far from the end as somebody may be who still follows it. */
const NEAR_PX = 80

/** Follows the end of what grows, until its reader scrolls up; a button takes it up again. */
function useFollowing() {
  const box = useRef<HTMLDivElement>(null)
  const isFollowing = useSignal(true)
  const toEnd = () => {
    isFollowing.value = true
    box.current?.scrollTo({ top: box.current.scrollHeight })
  }
  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {}
    isFollowing.value = scrollHeight - scrollTop - clientHeight < NEAR_PX
  }
  return { box, isFollowing, toEnd, onScroll }
}

/** Talking with a model. */
export function ChatPage() {
  const models = useLoaded((signal) => askJson<{ data: Listed[] }>('/v1/models', { signal }))
  const chosen = useSignal(localStorage.getItem(MODEL) ?? '')
  const [instructions, temperature] = [useSignal(''), useSignal(DEFAULT_TEMPERATURE)]
  const failure = useSignal<unknown>(undefined)
  const { box, isFollowing, toEnd, onScroll } = useFollowing()
  const offered = models.value.value?.data ?? []
  const model = offered.find(({ id }) => id === chosen.value)?.id ?? offered[0]?.id
  const options = { model: model ?? '', instructions: instructions.value, temperature: temperature.value }
  const shown = turns.value
  useEffect(() => {
    if (isFollowing.peek()) box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [shown, box, isFollowing])
  const lastQuestion = shown.findLast(({ role }) => role === 'user')?.text
  const again = lastQuestion === undefined || isBusy.value ? undefined : () => void say(lastQuestion, options)
  const openTalk = (id: string) => {
    failure.value = undefined
    open(id, new AbortController().signal).catch((thrown) => {
      failure.value = thrown
    })
  }
  return (
    <div class="chat">
      <Talks onOpen={openTalk} />
      <Page title="Chat">
        <details>
          <summary>{model ?? 'No model'}</summary>
          <label class="field">
            Model
            <select
              value={model}
              onChange={(event) => {
                chosen.value = event.currentTarget.value
                localStorage.setItem(MODEL, chosen.value)
              }}
            >
              {offered.map(({ id }) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            Instructions
            <textarea
              rows={2}
              value={instructions.value}
              onInput={(event) => {
                instructions.value = event.currentTarget.value
              }}
            />
          </label>
          <label class="field">
            Temperature: {temperature.value}
            <input
              type="range"
              min={0}
              max={1}
              step={0.1}
              value={temperature.value}
              onInput={(event) => {
                temperature.value = Number(event.currentTarget.value)
              }}
            />
          </label>
        </details>
        <Problem failure={models.failure.value ?? failure.value} again={() => void models.again()} />
        <section class="turns" ref={box} onScroll={onScroll} aria-label="Conversation" tabIndex={-1}>
          <ol>
            {shown.map((turn, at) => (
              <TurnView key={turn.key} turn={turn} again={at === shown.length - 1 ? again : undefined} />
            ))}
          </ol>
        </section>
        {!isFollowing.value && (
          <button type="button" class="quiet" onClick={toEnd}>
            To the end
          </button>
        )}
        <Composer isReady={model !== undefined} onSend={(text) => void say(text, options)} />
      </Page>
    </div>
  )
}
