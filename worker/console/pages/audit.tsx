import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { AuditEntry } from '../../surfaces/openai/schemas/accounting/audit.ts'
import { Choice } from '../kit/choice.tsx'
import { NOTHING, when } from '../kit/format.ts'
import { Loading } from '../kit/loading.tsx'
import { More, useRows } from '../kit/rows.tsx'
import { Table } from '../kit/table.tsx'
import { Page } from '../shell/page.tsx'

type Entry = z.infer<typeof AuditEntry>

/** The kinds of changes that can be asked for, with their words. */
const ACTIONS = [
  ['', 'Everything'],
  ['account.log_in', 'Logins for an access token'],
  ['account.refuse_log_in', 'Logins that were refused'],
  ['session.open', 'Browsers that signed in'],
  ['session.end', 'Sessions that were ended'],
  ['password.change', 'Passwords that were changed'],
  ['account.create', 'Accounts that were made'],
  ['account.update', 'Accounts that were changed'],
  ['key.create', 'Keys that were made'],
  ['key.revoke', 'Keys that were revoked'],
  ['node.invite', 'Join tokens'],
  ['node.join', 'Nodes that joined'],
  ['node.drain', 'Nodes that were drained'],
  ['node.revoke', 'Nodes that were revoked'],
  ['settings.update', 'Settings'],
  ['model.delete', 'Models that were deleted'],
  ['training_job.create', 'Trainings that were started'],
  ['training_job.cancel', 'Trainings that were cancelled'],
  ['mcp_server.create', 'MCP servers that were added'],
  ['mcp_server.update', 'MCP servers that were changed'],
  ['mcp_server.consent', 'Tools of MCP servers that were let in'],
  ['mcp_server.delete', 'MCP servers that were deleted'],
  ['webhook.create', 'Webhooks that were made'],
  ['webhook.delete', 'Webhooks that were deleted'],
  ['file.delete', 'Files that were deleted'],
  ['workspace_file.replace', 'Files of the workspace that were replaced'],
  ['workspace_file.delete', 'Files of the workspace that were deleted'],
  ['vector_store.delete', 'Vector stores that were deleted'],
  ['conversation.delete', 'Conversations that were deleted'],
  ['conversation.delete_item', 'Items of conversations that were deleted'],
  ['response.delete', 'Responses that were deleted'],
  ['note.delete', 'Notes of agents that were deleted'],
  ['dataset.delete', 'Tables that were deleted'],
  ['search_dataset.delete', 'Datasets of documents that were deleted'],
  ['transcript.delete', 'Transcripts that were deleted'],
] as const

const inWords = (value: unknown) => (value === null || value === undefined ? NOTHING : JSON.stringify(value))

/** As much of an entry as is not in its row. */
function Change({ before, after }: Entry) {
  if (before === null && after === null) return NOTHING
  return (
    <details>
      <summary>Show</summary>
      <p>
        Before: <code>{inWords(before)}</code>
      </p>
      <p>
        After: <code>{inWords(after)}</code>
      </p>
    </details>
  )
}

/** Who changed what, when and from where. */
export function AuditPage() {
  const action = useSignal<(typeof ACTIONS)[number][0]>('')
  const query = action.value === '' ? '' : `?action=${action.value}`
  const entries = useRows<Entry>(`/v1/audit${query}`)
  return (
    <Page title="Audit">
      <Choice
        label="Shown"
        value={action.value}
        options={ACTIONS}
        onChoose={(chosen) => {
          action.value = chosen
        }}
      />
      <Loading of={entries}>
        {({ rows }) => (
          <Table
            caption="Changes, newest first"
            rows={rows}
            keyOf={({ id }) => id}
            nothing="Nothing of that kind was changed."
            columns={[
              ['When', ({ created }) => when(created)],
              ['Who', ({ account_name, account_id }) => <bdi>{account_name ?? account_id}</bdi>],
              ['From', ({ address }) => address ?? NOTHING],
              ['Did', (entry) => <code>{entry.action}</code>],
              ['To', ({ target }) => <bdi>{target}</bdi>],
              ['Change', (entry) => <Change {...entry} />],
            ]}
          />
        )}
      </Loading>
      <More of={entries} />
    </Page>
  )
}
