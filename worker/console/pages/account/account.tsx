import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { Session as SessionSchema } from '../../../surfaces/openai/schemas/session.ts'
import { announce } from '../../kit/announce.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { Field } from '../../kit/field.tsx'
import { when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { Problem } from '../../kit/problem.tsx'
import { Table } from '../../kit/table.tsx'
import { ask, askJson } from '../../session/api.ts'
import { account } from '../../session/session.ts'
import { Page } from '../../shell/page.tsx'
import { browserNameOf } from './browser-name.ts'

type Listed = z.infer<typeof SessionSchema>

function Password({ onChanged }: { onChanged: () => void }) {
  const [current, next] = [useSignal(''), useSignal('')]
  const failure = useSignal<unknown>(undefined)
  const isBusy = useSignal(false)
  const change = async (event: Event) => {
    event.preventDefault()
    if (isBusy.peek()) return
    isBusy.value = true
    failure.value = undefined
    try {
      await ask('/v1/accounts/me/password', {
        body: { current_password: current.peek(), new_password: next.peek() },
      })
      current.value = ''
      next.value = ''
      announce('The password is changed.')
      onChanged()
    } catch (thrown) {
      failure.value = thrown
    }
    isBusy.value = false
  }
  return (
    <form class="card" onSubmit={(event) => void change(event)}>
      <h2>Password</h2>
      <p class="muted">Changing it ends your other sessions and all access tokens. Keys stay.</p>
      <input
        class="unseen"
        autocomplete="username"
        value={account.value?.username ?? ''}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field
        label="The one you have"
        type="password"
        autocomplete="current-password"
        required
        value={current.value}
        failure={failure.value}
        param="current_password"
        onText={(text) => {
          current.value = text
        }}
      />
      <Field
        label="The new one"
        type="password"
        autocomplete="new-password"
        required
        minLength={8}
        hint="Eight characters or more."
        value={next.value}
        failure={failure.value}
        param="new_password"
        onText={(text) => {
          next.value = text
        }}
      />
      <Problem failure={failure.value} />
      <footer>
        <button type="submit" disabled={isBusy.value}>
          Change it
        </button>
      </footer>
    </form>
  )
}

/** A session that is to be ended, or all but this one. */
type Ending = { path: string; question: string } | undefined

interface SessionTableProps {
  sessions: readonly Listed[]
  onEnd: (ending: Ending) => void
}

const SessionTable = ({ sessions, onEnd }: SessionTableProps) => (
  <>
    <Table
      caption="Sessions"
      rows={sessions}
      keyOf={({ id }) => id}
      nothing="None."
      columns={[
        [
          'Browser',
          ({ user_agent, current }) => (
            <span title={user_agent ?? undefined}>
              {browserNameOf(user_agent)}
              {current && ' (this one)'}
            </span>
          ),
        ],
        ['By', ({ by_key }) => (by_key ? 'a key' : 'the password')],
        ['Since', ({ created }) => when(created)],
        ['Heard of last', ({ last_used_at }) => when(last_used_at)],
        [
          '',
          ({ id, current, user_agent }) => {
            const browser = browserNameOf(user_agent)
            const ending = { path: `/v1/sessions/${id}`, question: `End the session of ${browser}?` }
            return (
              !current && (
                <button type="button" class="quiet" onClick={() => onEnd(ending)}>
                  End<span class="unseen"> {browser}</span>
                </button>
              )
            )
          },
        ],
      ]}
    />
    {sessions.length > 1 && (
      <button
        type="button"
        class="quiet"
        onClick={() => onEnd({ path: '/v1/sessions', question: 'End all sessions but this one?' })}
      >
        End all others
      </button>
    )}
  </>
)

/** The account's password, and the browsers that are signed in to it. */
export function AccountPage() {
  const sessions = useLoaded((signal) => askJson<{ data: Listed[] }>('/v1/sessions', { signal }))
  const ending = useSignal<Ending>(undefined)
  const ended = ending.value
  return (
    <Page title="Account">
      <section class="card">
        <h2>Browsers that are signed in</h2>
        <Loading of={sessions}>
          {({ data }) => (
            <SessionTable
              sessions={data}
              onEnd={(chosen) => {
                ending.value = chosen
              }}
            />
          )}
        </Loading>
      </section>
      <Password onChanged={() => void sessions.again()} />
      {ended && (
        <Confirm
          question={ended.question}
          consequence="Whoever sits there has to sign in again."
          action="End it"
          act={async () => {
            await ask(ended.path, { method: 'DELETE' })
            await sessions.again()
          }}
          onClose={() => {
            ending.value = undefined
          }}
        />
      )}
    </Page>
  )
}
