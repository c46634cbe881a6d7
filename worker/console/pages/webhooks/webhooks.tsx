import { useSignal } from '@preact/signals'
import { useRoute } from 'preact-iso'
import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import { count, when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { Table } from '../../kit/table.tsx'
import { askJson } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { StateOf } from './state.tsx'
import { EVENTS, type MadeWebhook, type Webhook } from './webhook.ts'
import { Secret, WebhookForm } from './webhook-form.tsx'
import { WebhookView } from './webhook-view.tsx'

const eventsOf = ({ events }: Webhook): string =>
  events.length === EVENTS.length ? 'all events' : events.join(', ')

function WebhookList() {
  const webhooks = useLoaded((signal) => askJson<{ data: Webhook[] }>('/v1/webhooks', { signal }))
  const open = useSignal<'new' | { made: MadeWebhook } | undefined>(undefined)
  const close = () => {
    open.value = undefined
  }
  return (
    <Page
      title="Webhooks"
      actions={
        <button
          type="button"
          onClick={() => {
            open.value = 'new'
          }}
        >
          New webhook
        </button>
      }
    >
      <p class="muted">Addresses of yours that are told when something happens.</p>
      <Loading of={webhooks}>
        {({ data }) => (
          <Table
            caption="Your webhooks, the oldest first"
            rows={data}
            keyOf={({ id }) => id}
            nothing="You have no webhooks."
            columns={[
              [
                'Address',
                ({ id, url }) => (
                  <a href={`${CONSOLE_PATH}/webhooks/${id}`}>
                    <bdi>{url}</bdi>
                  </a>
                ),
              ],
              ['State', (webhook) => <StateOf webhook={webhook} />],
              ['Told of', eventsOf],
              ['Waiting', ({ pending }) => count(pending)],
              ['Left out', ({ missed }) => count(missed)],
              ['Made', ({ created }) => when(created)],
            ]}
          />
        )}
      </Loading>
      {open.value === 'new' && (
        <WebhookForm
          onClose={close}
          onDone={(made) => {
            open.value = 'secret' in made ? { made } : undefined
            void webhooks.again()
          }}
        />
      )}
      {typeof open.value === 'object' && <Secret made={open.value.made} onClose={close} />}
    </Page>
  )
}

/** The webhooks of the account, or the one that the address names. */
export function WebhooksPage() {
  const { id } = useRoute().params
  return id === undefined ? <WebhookList /> : <WebhookView key={id} id={id} />
}
