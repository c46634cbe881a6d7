import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { z } from 'zod'
import type { AccountList } from '../../../surfaces/openai/schemas/account.ts'
import { Choice } from '../../kit/choice.tsx'
import { Figures } from '../../kit/figures.tsx'
import { bytes, count, NOTHING, when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { Table } from '../../kit/table.tsx'
import { askJson } from '../../session/api.ts'
import { account, isAdministrator } from '../../session/session.ts'
import { Page } from '../../shell/page.tsx'
import { part } from '../../shell/part.tsx'
import {
  GROUNDS,
  type Ground,
  type Hours,
  type Sum,
  sumsOf,
  sumsOfHours,
  tokensByHour,
  type Usage,
} from './sums.ts'

/** Drawn by a library that few pages need. */
const Plot = part(() => import('../../kit/plot.tsx').then(({ Plot: Drawn }) => Drawn))

/** As far back as the sums of days go. */
const SHOWN_SECONDS = 30 * 24 * 60 * 60

interface Used {
  days: Usage
  hours: Hours
  /** Names of accounts by id, for whoever may know them. */
  names: ReadonlyMap<string, string>
}

async function readUsage(whose: string, signal: AbortSignal): Promise<Used> {
  const query = whose === '' ? '' : `account_id=${whose}`
  const [days, hours, accounts] = await Promise.all([
    askJson<Usage>(`/v1/usage?limit=1000&${query}`, { signal }),
    askJson<Hours>(`/v1/usage/hours?${query}`, { signal }),
    isAdministrator.peek()
      ? askJson<z.infer<typeof AccountList>>('/v1/accounts?limit=100', { signal })
      : undefined,
  ])
  const names = accounts?.data.map(({ id, username, email, name }): [string, string] => [
    id,
    username ?? email ?? name ?? id,
  ])
  return { days, hours, names: new Map(names) }
}

function sumsBy(ground: Ground, { days, hours, names }: Used, model: string): Sum[] {
  const rows = days.data.filter((row) => model === '' || row.model === model)
  if (ground === 'hour') return sumsOfHours(hours.data)
  if (ground === 'day') return sumsOf(rows, ({ day }) => day)
  if (ground === 'model') return sumsOf(rows, (row) => row.model)
  return sumsOf(rows, ({ account_id }) => names.get(account_id) ?? account_id)
}

const leftOf = ({ budget }: Hours) =>
  budget === null
    ? NOTHING
    : `${count(budget.remaining_tokens)} of ${count(budget.limit_tokens)}, all again ${when(budget.resets_at)}`

const storedOf = ({ storage: { bytes: used, limit_bytes } }: Usage) =>
  limit_bytes === null ? bytes(used) : `${bytes(used)} of ${bytes(limit_bytes)}`

function Shown({ used, ground }: { used: Used; ground: Ground }) {
  const model = useSignal('')
  const { days, hours } = used
  const sums = sumsBy(ground, used, model.value)
  const lines = useMemo(() => [{ name: 'Tokens', points: tokensByHour(hours.data) }], [hours])
  const models = [...new Set(days.data.map((row) => row.model))].toSorted()
  const total = sumsOf(days.data, () => '')[0]
  return (
    <>
      <Figures
        of={[
          ['Tokens in 30 days', count((total?.prompt ?? 0) + (total?.answer ?? 0))],
          ['Requests', count(total?.requests ?? 0)],
          ['Cost', days.total_cost.toFixed(4)],
          ['Stored', storedOf(days)],
          ['Tokens left today', leftOf(hours)],
        ]}
      />
      {hours.data.length > 0 && <Plot title="Tokens by the hour" lines={lines} spanSeconds={SHOWN_SECONDS} />}
      {ground !== 'hour' && models.length > 1 && (
        <Choice
          label="Of the model"
          value={model.value}
          options={[['', 'All of them'], ...models.map((name) => [name, name] as const)]}
          onChoose={(chosen) => {
            model.value = chosen
          }}
        />
      )}
      <Table
        caption={`Usage by ${ground}`}
        rows={sums}
        keyOf={({ of }) => of}
        nothing="Nothing was used in these days."
        columns={[
          [GROUNDS.find(([one]) => one === ground)?.[1] ?? '', ({ of }) => <bdi>{of}</bdi>],
          ['Requests', ({ requests }) => count(requests)],
          ['Prompt', ({ prompt }) => count(prompt)],
          ['Of it cached', ({ cached }) => count(cached)],
          ['Answer', ({ answer }) => count(answer)],
          ['Cost', ({ cost }) => cost.toFixed(4)],
        ]}
      />
    </>
  )
}

/** Tokens and requests by hour, day, model and account, and what is left. */
export function UsagePage() {
  const isEveryone = useSignal(false)
  const ground = useSignal<Ground>('day')
  const whose = isEveryone.value ? '' : (account.value?.id ?? '')
  const used = useLoaded((signal) => readUsage(whose, signal), [whose])
  return (
    <Page
      title="Usage"
      actions={
        isAdministrator.value && (
          <label class="choice">
            <input
              type="checkbox"
              checked={isEveryone.value}
              onChange={(event) => {
                isEveryone.value = event.currentTarget.checked
              }}
            />
            All accounts
          </label>
        )
      }
    >
      <Choice
        label="By"
        value={ground.value}
        options={GROUNDS.filter(([one]) => one !== 'account' || isEveryone.value)}
        onChoose={(chosen) => {
          ground.value = chosen
        }}
      />
      <Loading of={used}>{(value) => <Shown used={value} ground={ground.value} />}</Loading>
    </Page>
  )
}
