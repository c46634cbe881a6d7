import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { ConversationList } from '../../../surfaces/openai/schemas/responses/conversation-list.ts'
import { Confirm } from '../../kit/confirm.tsx'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { askJson } from '../../session/api.ts'
import { beginAnew, changes, conversationId, forget } from './talk.ts'

type Listed = z.infer<typeof ConversationList>
type Talk = Listed['data'][number]

/** The talks of the account, to open, search and delete. */
export function Talks({ onOpen }: { onOpen: (id: string) => void }) {
  const search = useSignal('')
  const deleting = useSignal<Talk | undefined>(undefined)
  const talks = useLoaded(
    (signal) => {
      const wanted = search.value.trim()
      const query = wanted === '' ? '' : `&search=${encodeURIComponent(wanted)}`
      return askJson<Listed>(`/v1/conversations?limit=30${query}`, { signal })
    },
    [changes.value, search.value],
  )
  const chosen = deleting.value
  return (
    <aside class="talks" aria-label="Conversations">
      <button type="button" class="quiet" onClick={beginAnew}>
        New conversation
      </button>
      <input
        type="search"
        aria-label="Search conversations"
        placeholder="Search"
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value
        }}
      />
      <Loading of={talks}>
        {({ data }) => (
          <ul>
            {data.map((talk) => (
              <li key={talk.id}>
                <button
                  type="button"
                  class="quiet"
                  aria-current={talk.id === conversationId.value ? 'true' : undefined}
                  onClick={() => onOpen(talk.id)}
                >
                  <bdi>{talk.title}</bdi>
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Delete ${talk.title}`}
                  onClick={() => {
                    deleting.value = talk
                  }}
                >
                  ✕
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loading>
      {chosen && (
        <Confirm
          question={`Delete the conversation ${chosen.title}?`}
          action="Delete"
          act={() => forget(chosen.id)}
          onClose={() => {
            deleting.value = undefined
          }}
        />
      )}
    </aside>
  )
}
