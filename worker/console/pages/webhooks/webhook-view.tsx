import { useSignal } from '@preact/signals'
import { useLocation } from 'preact-iso'
import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import { announce } from '../../kit/announce.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { Figures } from '../../kit/figures.tsx'
import { count, when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { useWatched } from '../../kit/watch.ts'
import { ask, askJson } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { Deliveries } from './deliveries.tsx'
import { StateOf } from './state.tsx'
import { type MadeWebhook, pathOf, type Webhook } from './webhook.ts'
import { Secret, WebhookForm } from './webhook-form.tsx'

type Open = 'change' | 'rotate' | 'delete' | { made: MadeWebhook } | undefined

/** A webhook: how it stands, and what was sent to it. */
export function WebhookView({ id }: { id: string }) {
  const webhook = useLoaded((signal) => askJson<Webhook>(pathOf({ id }), { signal }), [id])
  useWatched(webhook, ({ pending }) => pending > 0)
  const open = useSignal<Open>(undefined)
  const sent = useSignal(0)
  const { route } = useLocation()
  const { isBusy, failure, run } = useOnce()
  const show = (next: Open) => () => {
    open.value = next
  }
  const test = () =>
    run(async () => {
      await ask(`${pathOf({ id })}/test`, { method: 'POST' })
      announce('A test is on its way.')
      sent.value += 1
      await webhook.again()
    })
  const turn = (enabled: boolean) =>
    run(async () => {
      await ask(pathOf({ id }), { method: 'PATCH', body: { enabled } })
      await webhook.again()
    })
  return (
    <Page
      title="Webhook"
      actions={
        <div class="acts">
          <a href={`${CONSOLE_PATH}/webhooks`}>All webhooks</a>
          <button type="button" disabled={isBusy} onClick={() => void test()}>
            Send a test
          </button>
        </div>
      }
    >
      <Problem failure={failure} />
      <Loading of={webhook}>
        {(one) => (
          <>
            <section class="card" aria-label="How it stands">
              <header>
                <h2>
                  <bdi>{one.url}</bdi>
                </h2>
                <StateOf webhook={one} />
              </header>
              {one.description && (
                <p>
                  <bdi>{one.description}</bdi>
                </p>
              )}
              <Figures
                of={[
                  ['Waiting', count(one.pending)],
                  ['Left out', count(one.missed)],
                  ['Made', when(one.created)],
                  ['The old secret signs until', when(one.old_secret_until)],
                  ['Failing since', when(one.failing_since)],
                ]}
              />
              <p class="tags">
                {one.events.map((event) => (
                  <code key={event}>{event}</code>
                ))}
              </p>
              <div class="acts">
                <button type="button" class="quiet" onClick={show('change')}>
                  Change
                </button>
                <button type="button" class="quiet" disabled={isBusy} onClick={() => void turn(!one.enabled)}>
                  {one.enabled ? 'Disable' : 'Enable'}
                </button>
                <button type="button" class="quiet" onClick={show('rotate')}>
                  New secret
                </button>
                <button type="button" class="quiet" onClick={show('delete')}>
                  Delete
                </button>
              </div>
            </section>
            <Deliveries key={sent.value} webhook={one} />
            <Dialogs
              open={open.value}
              webhook={one}
              onClose={(closed) => {
                // Meanwhile another one may have taken its place.
                if (open.peek() === closed) open.value = undefined
              }}
              onMade={(made) => {
                open.value = { made }
                void webhook.again()
              }}
              onChanged={() => void webhook.again()}
              onDeleted={() => route(`${CONSOLE_PATH}/webhooks`)}
            />
          </>
        )}
      </Loading>
    </Page>
  )
}

interface DialogsProps {
  open: Open
  webhook: Webhook
  onClose: (closed: Open) => void
  onMade: (made: MadeWebhook) => void
  onChanged: () => void
  onDeleted: () => void
}

function Dialogs({ open, webhook, onClose, onMade, onChanged, onDeleted }: DialogsProps) {
  const close = () => onClose(open)
  if (open === undefined) return null
  if (typeof open === 'object') return <Secret made={open.made} onClose={close} />
  if (open === 'change') {
    return (
      <WebhookForm
        webhook={webhook}
        onClose={close}
        onDone={() => {
          close()
          onChanged()
        }}
      />
    )
  }
  if (open === 'rotate') {
    const onRotated = async () =>
      onMade(await askJson<MadeWebhook>(`${pathOf(webhook)}/rotate`, { method: 'POST' }))
    return (
      <Confirm
        question={`Make a new secret for ${webhook.url}?`}
        consequence="The one before it signs beside it for 24 hours, and then no more."
        action="Make a new secret"
        act={onRotated}
        onClose={close}
      />
    )
  }
  return (
    <Confirm
      question={`Delete the webhook ${webhook.url}?`}
      consequence="Nothing more is sent to it, and what waits is given up."
      action="Delete"
      act={async () => {
        await ask(pathOf(webhook), { method: 'DELETE' })
        onDeleted()
      }}
      onClose={close}
    />
  )
}
