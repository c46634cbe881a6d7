import { Sample } from '../../kit/copy.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { useDraft } from '../../kit/draft.ts'
import { Field } from '../../kit/field.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { askJson } from '../../session/api.ts'
import { EVENTS, type MadeWebhook, pathOf, type Webhook } from './webhook.ts'

interface FormProps {
  /** The one that is changed; absent where one is made. */
  webhook?: Webhook
  onDone: (webhook: Webhook | MadeWebhook) => void
  onClose: () => void
}

const EMPTY = { url: '', description: '', events: EVENTS.map(([type]) => type) }

/** Makes a webhook, or changes one. */
export function WebhookForm({ webhook, onDone, onClose }: FormProps) {
  const empty = webhook
    ? { url: webhook.url, description: webhook.description ?? '', events: webhook.events }
    : EMPTY
  const { values, write, clear } = useDraft(`webhook.${webhook?.id ?? 'new'}`, empty)
  const { isBusy, failure, run } = useOnce()
  const { url, description, events } = values.value
  const send = () =>
    run(async () => {
      const body = { url, events, description: description === '' ? null : description }
      const asked = webhook
        ? askJson<Webhook>(pathOf(webhook), { method: 'PATCH', body })
        : askJson<MadeWebhook>('/v1/webhooks', { body })
      onDone(await asked)
      clear()
    })
  return (
    <Dialog title={webhook ? 'Change the webhook' : 'A new webhook'} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Field
          label="Address"
          name="url"
          type="url"
          required
          hint="It is sent a POST for each event, signed as Standard Webhooks describes."
          value={url}
          failure={failure}
          onText={(text) => write({ url: text })}
        />
        <Field
          label="Description"
          name="description"
          value={description}
          failure={failure}
          onText={(text) => write({ description: text })}
        />
        <fieldset>
          <legend>It is told when</legend>
          {EVENTS.map(([type, words]) => (
            <label key={type} class="choice">
              <input
                type="checkbox"
                checked={events.includes(type)}
                onChange={({ currentTarget: { checked } }) =>
                  write({ events: checked ? [...events, type] : events.filter((other) => other !== type) })
                }
              />
              <span>
                {words} <code class="muted">{type}</code>
              </span>
            </label>
          ))}
        </fieldset>
        <Problem failure={failure} />
        <footer>
          <button type="submit" disabled={isBusy || events.length === 0}>
            {webhook ? 'Change it' : 'Make the webhook'}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

/** The secret of a webhook, which the edge tells once. */
export const Secret = ({ made, onClose }: { made: MadeWebhook; onClose: () => void }) => (
  <Dialog title="The secret of the webhook" onClose={onClose}>
    <p>
      Messages to <code>{made.url}</code> are signed with it. This is the only time that it is shown.
    </p>
    <Sample label="secret" text={made.secret} />
  </Dialog>
)
