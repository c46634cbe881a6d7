import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { UsageList } from '../../surfaces/openai/schemas/accounting/usage.ts'
import { bytes, count } from '../kit/format.ts'
import { useLoaded } from '../kit/load.ts'
import { Loading } from '../kit/loading.tsx'
import { Table } from '../kit/table.tsx'
import { askJson } from '../session/api.ts'
import { account, isAdministrator } from '../session/session.ts'
import { Page } from '../shell/page.tsx'

type Usage = z.infer<typeof UsageList>
type Row = Usage['data'][number]

const tokensOf = ({ prompt_tokens, completion_tokens }: Row) => prompt_tokens + completion_tokens

/** Tokens of each day, the days without any among them left out. */
function byDay(rows: readonly Row[]): [day: string, tokens: number][] {
  const days = new Map<string, number>()
  for (const row of rows) days.set(row.day, (days.get(row.day) ?? 0) + tokensOf(row))
  return [...days].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Bars of the tokens a day. The table below says the same in figures. */
function Days({ rows }: { rows: readonly Row[] }) {
  const days = byDay(rows)
  const most = Math.max(1, ...days.map(([, tokens]) => tokens))
  return (
    <ol class="bars" aria-hidden="true">
      {days.map(([day, tokens]) => (
        <li key={day} title={`${day}: ${count(tokens)} tokens`}>
          <meter min={0} max={most} value={tokens} />
          <span>{day.slice(5)}</span>
        </li>
      ))}
    </ol>
  )
}

/** Tokens and requests by day and model. */
export function UsagePage() {
  const everyone = useSignal(false)
  const own = account.value?.id ?? ''
  const usage = useLoaded(
    (signal) => {
      const whose = isAdministrator.peek() && everyone.value ? '' : `&account_id=${own}`
      return askJson<Usage>(`/v1/usage?limit=1000${whose}`, { signal })
    },
    [everyone.value, own],
  )
  return (
    <Page
      title="Usage"
      actions={
        isAdministrator.value && (
          <label class="choice">
            <input
              type="checkbox"
              checked={everyone.value}
              onChange={(event) => {
                everyone.value = event.currentTarget.checked
              }}
            />
            All accounts
          </label>
        )
      }
    >
      <Loading of={usage}>
        {({ data, storage, total_cost }) => (
          <>
            <dl class="figures">
              <div>
                <dt>Tokens in 30 days</dt>
                <dd>{count(data.reduce((sum, row) => sum + tokensOf(row), 0))}</dd>
              </div>
              <div>
                <dt>Requests</dt>
                <dd>{count(data.reduce((sum, { requests }) => sum + requests, 0))}</dd>
              </div>
              <div>
                <dt>Cost</dt>
                <dd>{total_cost.toFixed(4)}</dd>
              </div>
              <div>
                <dt>Stored</dt>
                <dd>
                  {bytes(storage.bytes)}
                  {storage.limit_bytes === null ? '' : ` of ${bytes(storage.limit_bytes)}`}
                </dd>
              </div>
            </dl>
            <Days rows={data} />
            <Table
              caption="Tokens by day and model"
              rows={data}
              keyOf={({ day, account_id, model, kind }) => [day, account_id, model, kind].join(' ')}
              nothing="Nothing was used in these days."
              columns={[
                ['Day', ({ day }) => day],
                ['Model', ({ model }) => <bdi>{model}</bdi>],
                ['For', ({ kind }) => kind],
                ['Requests', ({ requests }) => count(requests)],
                ['Prompt', ({ prompt_tokens }) => count(prompt_tokens)],
                ['Of it cached', ({ cached_prompt_tokens }) => count(cached_prompt_tokens)],
                ['Answer', ({ completion_tokens }) => count(completion_tokens)],
              ]}
            />
          </>
        )}
      </Loading>
    </Page>
  )
}
