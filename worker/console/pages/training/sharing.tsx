import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { Permission } from '../../../surfaces/openai/schemas/training/results.ts'
import { Confirm } from '../../kit/confirm.tsx'
import { Field } from '../../kit/field.tsx'
import { when } from '../../kit/format.ts'
import { Loading } from '../../kit/loading.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { More, useRows } from '../../kit/rows.tsx'
import { Table } from '../../kit/table.tsx'
import { ask } from '../../session/api.ts'

type Share = z.infer<typeof Permission>

/** Publishes a model to other accounts, and takes it back. Until then it is its owner's alone. */
export function Sharing({ model }: { model: string }) {
  const path = `/v1/fine_tuning/checkpoints/${encodeURIComponent(model)}/permissions`
  const shares = useRows<Share>(path, 10)
  const account = useSignal('')
  const removing = useSignal<Share | undefined>(undefined)
  const { isBusy, failure, run } = useOnce()
  const share = () =>
    run(async () => {
      await ask(path, { body: { project_ids: [account.peek().trim()] } })
      account.value = ''
      await shares.again()
    })
  const removed = removing.value
  return (
    <section class="card" aria-label="Published to">
      <h2>Published to</h2>
      <Loading of={shares}>
        {({ rows }) => (
          <Table
            caption={`Accounts that may use ${model}`}
            rows={rows}
            keyOf={({ id }) => id}
            nothing="Nobody: it is yours alone."
            columns={[
              ['Account', ({ project_id }) => <code>{project_id}</code>],
              ['Since', ({ created_at }) => when(created_at)],
              [
                '',
                (one) => (
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => {
                      removing.value = one
                    }}
                  >
                    Take back<span class="unseen"> from {one.project_id}</span>
                  </button>
                ),
              ],
            ]}
          />
        )}
      </Loading>
      <More of={shares} />
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault()
          void share()
        }}
      >
        <Field
          label="Account id"
          name="project_ids"
          required
          value={account.value}
          failure={failure}
          onText={(text) => {
            account.value = text
          }}
        />
        <button type="submit" disabled={isBusy || account.value.trim() === ''}>
          Publish
        </button>
      </form>
      <Problem failure={failure} />
      {removed && (
        <Confirm
          question={`Take ${model} back from ${removed.project_id}?`}
          action="Take it back"
          act={async () => {
            await ask(`${path}/${encodeURIComponent(removed.id)}`, { method: 'DELETE' })
            await shares.again()
          }}
          onClose={() => {
            removing.value = undefined
          }}
        />
      )}
    </section>
  )
}
