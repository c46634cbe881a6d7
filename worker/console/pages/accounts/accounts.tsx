import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { AccountList } from '../../../surfaces/openai/schemas/account.ts'
import { announce } from '../../kit/announce.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { count, when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { Table } from '../../kit/table.tsx'
import { ask, askJson } from '../../session/api.ts'
import { account as own } from '../../session/session.ts'
import { Page } from '../../shell/page.tsx'
import { type Account, ChangeAccount, NewAccount, nameOf } from './account-form.tsx'

type Listed = z.infer<typeof AccountList>

interface ListProps {
  accounts: readonly Account[]
  onChange: (account: Account) => void
  /** It is to be deactivated or activated. */
  onTurn: (account: Account) => void
}

const AccountTable = ({ accounts, onChange, onTurn }: ListProps) => (
  <Table
    caption="Accounts, newest first"
    rows={accounts}
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
        (account) => (
          <div class="acts">
            <button type="button" class="quiet" onClick={() => onChange(account)}>
              Change<span class="unseen"> {nameOf(account)}</span>
            </button>
            {account.id !== own.value?.id && (
              <button type="button" class="quiet" onClick={() => onTurn(account)}>
                {account.active ? 'Deactivate' : 'Activate'}
                <span class="unseen"> {nameOf(account)}</span>
              </button>
            )}
          </div>
        ),
      ],
    ]}
  />
)

interface PagerProps {
  isFirst: boolean
  hasMore: boolean
  onNewest: () => void
  onOlder: () => void
}

const Pager = ({ isFirst, hasMore, onNewest, onOlder }: PagerProps) => (
  <nav class="pager" aria-label="More accounts">
    <button type="button" class="quiet" disabled={isFirst} onClick={onNewest}>
      Newest
    </button>
    <button type="button" class="quiet" disabled={!hasMore} onClick={onOlder}>
      Older
    </button>
  </nav>
)

interface TurnProps {
  account: Account
  onDone: () => Promise<void>
  onClose: () => void
}

/** Deactivates an account, or activates it again. */
const TurnAccount = ({ account, onDone, onClose }: TurnProps) => (
  <Confirm
    question={`${account.active ? 'Deactivate' : 'Activate'} ${nameOf(account)}?`}
    {...(account.active
      ? { consequence: 'What is open for it ends within a second: streams, sockets, sessions.' }
      : {})}
    action={account.active ? 'Deactivate' : 'Activate'}
    act={async () => {
      await ask(`/v1/accounts/${account.id}`, { method: 'PATCH', body: { active: !account.active } })
      await onDone()
    }}
    onClose={onClose}
  />
)

type Open = { deed: 'make' } | { deed: 'change' | 'turn'; account: Account }

/** The accounts of the deployment. */
export function AccountsPage() {
  const after = useSignal<string | undefined>(undefined)
  const query = after.value === undefined ? '' : `&after=${after.value}`
  const accounts = useLoaded(
    (signal) => askJson<Listed>(`/v1/accounts?limit=50${query}`, { signal }),
    [query],
  )
  const open = useSignal<Open | undefined>(undefined)
  const close = () => {
    open.value = undefined
  }
  const done = (what: string) => (account: Account) => {
    close()
    announce(`The account ${nameOf(account)} is ${what}.`)
    void accounts.again()
  }
  const now = open.value
  return (
    <Page
      title="Accounts"
      actions={
        <button
          type="button"
          onClick={() => {
            open.value = { deed: 'make' }
          }}
        >
          New account
        </button>
      }
    >
      <Loading of={accounts}>
        {({ data, has_more, last_id }) => (
          <>
            <AccountTable
              accounts={data}
              onChange={(account) => {
                open.value = { deed: 'change', account }
              }}
              onTurn={(account) => {
                open.value = { deed: 'turn', account }
              }}
            />
            {(has_more || after.value !== undefined) && (
              <Pager
                isFirst={after.value === undefined}
                hasMore={has_more}
                onNewest={() => {
                  after.value = undefined
                }}
                onOlder={() => {
                  after.value = last_id ?? undefined
                }}
              />
            )}
          </>
        )}
      </Loading>
      {now?.deed === 'make' && <NewAccount onDone={done('made')} onClose={close} />}
      {now?.deed === 'change' && (
        <ChangeAccount account={now.account} onDone={done('changed')} onClose={close} />
      )}
      {now?.deed === 'turn' && (
        <TurnAccount account={now.account} onDone={() => accounts.again()} onClose={close} />
      )}
    </Page>
  )
}
