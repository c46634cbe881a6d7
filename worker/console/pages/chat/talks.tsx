import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { z } from 'zod'
import type { ConversationList } from '../../../surfaces/openai/schemas/responses/conversation-list.ts'
import { Confirm } from '../../kit/confirm.tsx'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { ask, askJson } from '../../session/api.ts'
import { Rename } from './rename.tsx'
import { changes } from './talk.ts'

type Listed = z.infer<typeof ConversationList>
export type ListedTalk = Listed['data'][number]

/** How long after the last key the list is searched. */
const SEARCH_AFTER_MS = 200

const pathOf = ({ id }: ListedTalk) => `/v1/conversations/${encodeURIComponent(id)}`

/** Puts a talk into a file of the person's own. */
async function take(talk: ListedTalk, format: 'json' | 'markdown'): Promise<void> {
  const file = await (await ask(`${pathOf(talk)}/export?format=${format}`)).blob()
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = `${talk.title}.${format === 'json' ? 'json' : 'md'}`
  link.click()
  URL.revokeObjectURL(url)
}

interface RowProps {
  talk: ListedTalk
  isOpen: boolean
  onOpen: () => void
  onDo: (deed: 'rename' | 'delete') => void
  onFailure: (thrown: unknown) => void
}

function Row({ talk, isOpen, onOpen, onDo, onFailure }: RowProps) {
  const menu = useRef<HTMLDivElement>(null)
  const id = `deeds-${talk.id}`
  const deed = (work: () => void) => () => {
    menu.current?.hidePopover()
    work()
  }
  return (
    <li>
      <button type="button" class="quiet" aria-current={isOpen ? 'true' : undefined} onClick={onOpen}>
        {talk.branched_from !== null && <span aria-hidden="true">↳ </span>}
        <bdi>{talk.title}</bdi>
      </button>
      <button type="button" class="quiet more" popovertarget={id} aria-label={`More for ${talk.title}`}>
        ⋯
      </button>
      <div popover="auto" id={id} ref={menu} class="menu">
        <button type="button" class="quiet" onClick={deed(() => onDo('rename'))}>
          Rename
        </button>
        <button
          type="button"
          class="quiet"
          onClick={deed(() => void take(talk, 'markdown').catch(onFailure))}
        >
          Export as Markdown
        </button>
        <button type="button" class="quiet" onClick={deed(() => void take(talk, 'json').catch(onFailure))}>
          Export as JSON
        </button>
        <button type="button" class="quiet wrong" onClick={deed(() => onDo('delete'))}>
          Delete
        </button>
      </div>
    </li>
  )
}

interface TalksProps {
  current: string | undefined
  onNew: () => void
  onOpen: (id: string) => void
  /** It was deleted. */
  onGone: (id: string) => void
}

/** The talks of the account, page by page: to open, search, rename, take along and delete. */
function useTalkList(search: string) {
  const more = useSignal<readonly ListedTalk[]>([])
  const hasMore = useSignal<boolean | undefined>(undefined)
  const wanted = search.trim()
  const query = `/v1/conversations?limit=30${wanted === '' ? '' : `&search=${encodeURIComponent(wanted)}`}`
  const loaded = useLoaded((signal) => askJson<Listed>(query, { signal }), [changes.value, query])
  useEffect(() => {
    more.value = []
    hasMore.value = undefined
  }, [loaded])
  const next = async () => {
    const last = more.peek().at(-1) ?? loaded.value.peek()?.data.at(-1)
    if (!last) return
    const page = await askJson<Listed>(`${query}&after=${last.id}`)
    more.value = [...more.peek(), ...page.data]
    hasMore.value = page.has_more
  }
  return { loaded, more, hasMore, next }
}

export function Talks({ current, onNew, onOpen, onGone }: TalksProps) {
  const search = useSignal('')
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const doing = useSignal<{ deed: 'rename' | 'delete'; talk: ListedTalk } | undefined>(undefined)
  const { loaded, more, hasMore, next } = useTalkList(search.value)
  const done = () => {
    doing.value = undefined
  }
  const fail = (thrown: unknown) => {
    loaded.failure.value = thrown
  }
  const { deed, talk } = doing.value ?? {}
  return (
    <aside class="talks" aria-label="Conversations">
      <button type="button" onClick={onNew}>
        New conversation
      </button>
      <input
        type="search"
        aria-label="Search conversations"
        placeholder="Search"
        onInput={(event) => {
          const { value } = event.currentTarget
          clearTimeout(timer.current)
          // While somebody writes, the list is not asked for at each key.
          timer.current = setTimeout(() => {
            search.value = value
          }, SEARCH_AFTER_MS)
        }}
      />
      <Loading of={loaded}>
        {({ data, has_more }) => (
          <>
            <ul>
              {[...data, ...more.value].map((one) => (
                <Row
                  key={one.id}
                  talk={one}
                  isOpen={one.id === current}
                  onOpen={() => onOpen(one.id)}
                  onDo={(chosen) => {
                    doing.value = { deed: chosen, talk: one }
                  }}
                  onFailure={fail}
                />
              ))}
            </ul>
            {data.length === 0 && <p class="muted small">None.</p>}
            {(hasMore.value ?? has_more) && (
              <button type="button" class="quiet" onClick={() => void next().catch(fail)}>
                More
              </button>
            )}
          </>
        )}
      </Loading>
      {talk && deed === 'delete' && (
        <Confirm
          question={`Delete the conversation ${talk.title}?`}
          action="Delete"
          act={async () => {
            await ask(pathOf(talk), { method: 'DELETE' })
            onGone(talk.id)
            changes.value += 1
          }}
          onClose={done}
        />
      )}
      {talk && deed === 'rename' && <Rename path={pathOf(talk)} title={talk.title} onClose={done} />}
    </aside>
  )
}
