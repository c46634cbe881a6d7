import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { AccountList, Account as AccountSchema } from '../../surfaces/openai/schemas/account.ts'
import { Confirm } from '../kit/confirm.tsx'
import { count, when } from '../kit/format.ts'
import { useLoaded } from '../kit/load.ts'
import { Loading } from '../kit/loading.tsx'
import { Table } from '../kit/table.tsx'
import { ask, askJson } from '../session/api.ts'
import { account as own } from '../session/session.ts'
import { Page } from '../shell/page.tsx'

type Account = z.infer<typeof AccountSchema>

const nameOf = ({ username, email, name, number }: Account) =>
  username ?? email ?? name ?? `account ${number}`

/** The accounts of the deployment. */
export function AccountsPage() {
  const after = useSignal<string | undefined>(undefined)
  const accounts = useLoaded(
    (signal) =>
      askJson<z.infer<typeof AccountList>>(
        `/v1/accounts?limit=50${after.value ? `&after=${after.value}` : ''}`,
        {
          signal,
        },
      ),
    [after.value],
  )
  const turning = useSignal<Account | undefined>(undefined)
  const chosen = turning.value
  return (
    <Page title="Accounts">
      <Loading of={accounts}>
        {({ data, has_more, last_id }) => (
          <>
            <Table
              caption="Accounts, newest first"
              rows={data}
              keyOf={({ id }) => id}
              nothing="There are no more accounts."
              columns={[
                ['Account', (account) => <bdi>{nameOf(account)}</bdi>],
                ['Number', ({ number }) => count(number)],
                ['Plan', ({ plan }) => plan],
                ['Roles', ({ roles }) => roles.join(', ') || 'none'],
                ['Since', ({ created }) => when(created)],
                ['Seen last', ({ last_seen_at }) => when(last_seen_at)],
                ['State', ({ active }) => (active ? 'active' : 'ended')],
                [
                  '',
                  (account) =>
                    account.id !== own.value?.id && (
                      <button
                        type="button"
                        class="quiet"
                        onClick={() => {
                          turning.value = account
                        }}
                      >
                        {account.active ? 'Deactivate' : 'Activate'}
                        <span class="unseen"> {nameOf(account)}</span>
                      </button>
                    ),
                ],
              ]}
            />
            {(has_more || after.value !== undefined) && (
              <nav class="pager" aria-label="More accounts">
                <button
                  type="button"
                  class="quiet"
                  disabled={after.value === undefined}
                  onClick={() => {
                    after.value = undefined
                  }}
                >
                  Newest
                </button>
                <button
                  type="button"
                  class="quiet"
                  disabled={!has_more}
                  onClick={() => {
                    after.value = last_id ?? undefined
                  }}
                >
                  Older
                </button>
              </nav>
            )}
          </>
        )}
      </Loading>
      {chosen && (
        <Confirm
          question={`${chosen.active ? 'Deactivate' : 'Activate'} ${nameOf(chosen)}?`}
          {...(chosen.active
            ? { consequence: 'What is open for it ends within a second: streams, sockets, sessions.' }
            : {})}
          action={chosen.active ? 'Deactivate' : 'Activate'}
          act={async () => {
            await ask(`/v1/accounts/${chosen.id}`, { method: 'PATCH', body: { active: !chosen.active } })
            await accounts.again()
          }}
          onClose={() => {
            turning.value = undefined
          }}
        />
      )}
    </Page>
  )
}
