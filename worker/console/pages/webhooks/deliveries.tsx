import { useSignal } from '@preact/signals'
import { announce } from '../../kit/announce.tsx'
import { Choice } from '../../kit/choice.tsx'
import { count, NOTHING, when } from '../../kit/format.ts'
import { Loading } from '../../kit/loading.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { More, useRows } from '../../kit/rows.tsx'
import { Table } from '../../kit/table.tsx'
import { useWatched } from '../../kit/watch.ts'
import { ask } from '../../session/api.ts'
import { type Delivery, pathOf, type Webhook } from './webhook.ts'

const STATES = [
  ['', 'All'],
  ['pending', 'On their way'],
  ['delivered', 'Delivered'],
  ['dead', 'Given up'],
] as const

const WORDS: Readonly<Record<Delivery['state'], string>> = {
  pending: 'on its way',
  delivered: 'delivered',
  dead: 'given up',
}

const answerOf = ({ last_status, last_error, last_attempt_at }: Delivery): string => {
  if (last_attempt_at === null) return NOTHING
  return [last_status, last_error].filter((part) => part !== null).join(': ') || 'no answer'
}

/** The messages to a webhook, each to be sent once more. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const state = useSignal<(typeof STATES)[number][0]>('')
  const filter = state.value === '' ? '' : `?state=${state.value}`
  const deliveries = useRows<Delivery>(`${pathOf(webhook)}/deliveries${filter}`)
  const { isBusy, failure, run } = useOnce()
  useWatched(deliveries, ({ rows }) => rows.some((delivery) => delivery.state === 'pending'))
  const redeliver = ({ id }: Delivery) =>
    run(async () => {
      await ask(`${pathOf(webhook)}/deliveries/${encodeURIComponent(id)}/redeliver`, { method: 'POST' })
      announce('It is sent once more.')
      await deliveries.again()
    })
  return (
    <section class="card" aria-label="Deliveries">
      <header>
        <h2>Deliveries</h2>
        <span class="grows" />
        <Choice
          label="Shown"
          value={state.value}
          options={STATES}
          onChoose={(chosen) => {
            state.value = chosen
          }}
        />
      </header>
      <Problem failure={failure} />
      <Loading of={deliveries}>
        {({ rows }) => (
          <Table
            caption="Messages to this webhook, the newest first"
            rows={rows}
            keyOf={({ id }) => id}
            nothing="No message was sent."
            columns={[
              ['Event', ({ event }) => <code>{event}</code>],
              ['State', (one) => <span class={`state ${one.state}`}>{WORDS[one.state]}</span>],
              ['Tries', ({ attempts }) => count(attempts)],
              ['Answer', answerOf],
              ['Made', ({ created }) => when(created)],
              ['Last try', ({ last_attempt_at }) => when(last_attempt_at)],
              ['Next try', ({ next_attempt_at }) => when(next_attempt_at)],
              [
                '',
                (one) =>
                  one.state !== 'pending' && (
                    <button type="button" class="quiet" disabled={isBusy} onClick={() => void redeliver(one)}>
                      Send again<span class="unseen"> {one.id}</span>
                    </button>
                  ),
              ],
            ]}
          />
        )}
      </Loading>
      <More of={deliveries} />
    </section>
  )
}
