import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { Key, NewKey } from '../../surfaces/openai/schemas/key.ts'
import { Confirm } from '../kit/confirm.tsx'
import { Sample } from '../kit/copy.tsx'
import { Dialog } from '../kit/dialog.tsx'
import { Field } from '../kit/field.tsx'
import { when } from '../kit/format.ts'
import { useLoaded } from '../kit/load.ts'
import { Loading } from '../kit/loading.tsx'
import { Problem } from '../kit/problem.tsx'
import { Table } from '../kit/table.tsx'
import { ask, askJson } from '../session/api.ts'
import { isAdministrator } from '../session/session.ts'
import { Page } from '../shell/page.tsx'

type ApiKey = z.infer<typeof Key>
type Made = z.infer<typeof NewKey>

const DAY_SECONDS = 86_400
const LIVES = [
  ['', 'Never'],
  ['7', 'In 7 days'],
  ['30', 'In 30 days'],
  ['365', 'In a year'],
] as const

const curlOf = (secret: string) => `curl ${location.origin}/v1/models -H 'Authorization: Bearer ${secret}'`
const programOf = (secret: string) => `from openai import OpenAI

client = OpenAI(base_url="${location.origin}/v1", api_key="${secret}")
print([model.id for model in client.models.list()])`

/** The first line of the program, put together so that nobody takes it for one of this file. */
const FIRST_LINE = `import OpenAI from ${JSON.stringify('openai')}`
const scriptOf = (secret: string) => `${FIRST_LINE}

const client = new OpenAI({ baseURL: '${location.origin}/v1', apiKey: '${secret}' })
for await (const { id } of client.models.list()) console.log(id)`

/** The secret, which the edge tells once. */
function Shown({ made, onClose }: { made: Made; onClose: () => void }) {
  return (
    <Dialog title={`The key ${made.name}`} onClose={onClose}>
      <p>This is the only time that its secret is shown.</p>
      <Sample label="secret" text={made.secret} />
      <Sample label="curl" text={curlOf(made.secret)} />
      <Sample label="Python program" text={programOf(made.secret)} />
      <Sample label="JavaScript program" text={scriptOf(made.secret)} />
    </Dialog>
  )
}

function NewKeyDialog({ onMade, onClose }: { onMade: (made: Made) => void; onClose: () => void }) {
  const [name, days] = [useSignal(''), useSignal('')]
  const scopes = useSignal<readonly string[]>([])
  const failure = useSignal<unknown>(undefined)
  const isBusy = useSignal(false)
  const offered = ['inference', 'files', 'account', ...(isAdministrator.value ? ['admin'] : [])]
  const make = async (event: Event) => {
    event.preventDefault()
    if (isBusy.peek()) return
    isBusy.value = true
    const expires =
      days.peek() === '' ? null : Math.floor(Date.now() / 1_000) + Number(days.peek()) * DAY_SECONDS
    const chosen = scopes.peek().length > 0 ? scopes.peek() : null
    try {
      onMade(await askJson('/v1/keys', { body: { name: name.peek(), scopes: chosen, expires_at: expires } }))
    } catch (thrown) {
      failure.value = thrown
      isBusy.value = false
    }
  }
  return (
    <Dialog title="A new key" onClose={onClose}>
      <form onSubmit={(event) => void make(event)}>
        <Field
          label="Name"
          name="name"
          required
          value={name.value}
          failure={failure.value}
          onText={(text) => {
            name.value = text
          }}
        />
        <fieldset>
          <legend>It may do (nothing chosen: all that you may)</legend>
          {offered.map((scope) => (
            <label key={scope} class="choice">
              <input
                type="checkbox"
                checked={scopes.value.includes(scope)}
                onChange={({ currentTarget: { checked } }) => {
                  const others = scopes.value.filter((other) => other !== scope)
                  scopes.value = checked ? [...others, scope] : others
                }}
              />
              {scope}
            </label>
          ))}
        </fieldset>
        <label class="field">
          It ends
          <select
            value={days.value}
            onChange={(event) => {
              days.value = event.currentTarget.value
            }}
          >
            {LIVES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <Problem failure={failure.value} />
        <footer>
          <button type="submit" disabled={isBusy.value}>
            Make the key
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

/** The keys of the account. */
export function KeysPage() {
  const keys = useLoaded((signal) => askJson<{ data: ApiKey[] }>('/v1/keys', { signal }))
  const dialog = useSignal<'new' | { made: Made } | { revoke: ApiKey } | undefined>(undefined)
  const close = () => {
    dialog.value = undefined
  }
  const open = dialog.value
  return (
    <Page
      title="Keys"
      actions={
        <button
          type="button"
          onClick={() => {
            dialog.value = 'new'
          }}
        >
          New key
        </button>
      }
    >
      <Loading of={keys}>
        {({ data }) => (
          <Table
            caption="Your keys"
            rows={data}
            keyOf={({ id }) => id}
            nothing="You have no keys."
            columns={[
              ['Name', ({ name }) => <bdi>{name}</bdi>],
              ['Begins with', ({ prefix }) => <code>{prefix}…</code>],
              [
                'May do',
                ({ model, scopes }) => (model ? `run ${model.name}` : (scopes?.join(', ') ?? 'everything')),
              ],
              ['Made', ({ created }) => when(created)],
              ['Used last', ({ last_used_at }) => when(last_used_at)],
              ['Ends', ({ expires_at }) => when(expires_at)],
              [
                '',
                (key) => (
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => {
                      dialog.value = { revoke: key }
                    }}
                  >
                    Revoke<span class="unseen"> {key.name}</span>
                  </button>
                ),
              ],
            ]}
          />
        )}
      </Loading>
      {open === 'new' && (
        <NewKeyDialog
          onClose={close}
          onMade={(made) => {
            dialog.value = { made }
            void keys.again()
          }}
        />
      )}
      {typeof open === 'object' && 'made' in open && <Shown made={open.made} onClose={close} />}
      {typeof open === 'object' && 'revoke' in open && (
        <Confirm
          question={`Revoke the key ${open.revoke.name}?`}
          consequence="Whoever uses it is refused within a second, and so are the keys that it has made."
          action="Revoke"
          act={async () => {
            await ask(`/v1/keys/${encodeURIComponent(open.revoke.id)}`, { method: 'DELETE' })
            await keys.again()
          }}
          onClose={close}
        />
      )}
    </Page>
  )
}
