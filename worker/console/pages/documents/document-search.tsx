import { useSignal } from '@preact/signals'
import { announce } from '../../kit/announce.tsx'
import { Choice } from '../../kit/choice.tsx'
import { useDraft } from '../../kit/draft.ts'
import { Field } from '../../kit/field.tsx'
import { count } from '../../kit/format.ts'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { askJson } from '../../session/api.ts'
import type { Document, Found, SearchResults } from './document.ts'
import { Highlighted } from './highlighted.tsx'

const EMPTY = { query: '', document: '', isReranked: false }

const NOTHING_FOUND = {
  no_documents: 'There are no documents yet.',
  none_ready: 'No document can be searched yet.',
  none_matches: 'Nothing matches.',
}

/** The way in which passages were found, in words. */
function wayOf(way: string): string {
  if (way === 'bm25') return 'by words (BM25)'
  if (way === 'lsa') return 'by words that go together (LSA)'
  const [, kind, model] = /^(embedding|ranking):(.*)$/.exec(way) ?? []
  if (kind === 'embedding') return `by meaning (${model})`
  return kind === 'ranking' ? `put in order by ${model}` : way
}

function Passage({ found }: { found: Found }) {
  const { filename, page, headings, score, text, highlights } = found
  return (
    <li class="card">
      <header>
        <h3>
          <bdi>{filename}</bdi>
        </h3>
        {page !== null && <span class="state">page {page}</span>}
        {headings.length > 0 && (
          <span class="muted">
            <bdi>{headings.join(' › ')}</bdi>
          </span>
        )}
        <span class="grows" />
        <span class="muted">score {score.toFixed(2)}</span>
      </header>
      <Highlighted text={text} places={highlights} />
    </li>
  )
}

function Answer({ answer }: { answer: SearchResults }) {
  const { data, found_by, not_searched, reason, query } = answer
  const { documents, names, failed, passages_without_vector: wordsAlone } = not_searched
  return (
    <section aria-label="Passages found" class="found">
      <p>
        {data.length === 0
          ? ((reason && NOTHING_FOUND[reason]) ?? 'Nothing was found.')
          : `${count(data.length)} passages for “${query}”, found ${found_by.map(wayOf).join(', ')}.`}
      </p>
      {documents > 0 && (
        <p class="muted">
          Not searched yet: {names.length > 0 ? <bdi>{names.join(', ')}</bdi> : count(documents)}.
        </p>
      )}
      {failed > 0 && <p class="muted">{count(failed)} documents could not be read.</p>}
      {wordsAlone > 0 && <p class="muted">{count(wordsAlone)} passages are searched by words alone yet.</p>}
      <ol class="plain">
        {data.map((found) => (
          <Passage key={`${found.document_id} ${found.from}`} found={found} />
        ))}
      </ol>
    </section>
  )
}

/** Finds passages in the documents of the account. */
export function DocumentSearch({ documents }: { documents: readonly Document[] }) {
  const { values, write } = useDraft('documents.search', EMPTY)
  const { query, document, isReranked } = values.value
  const answer = useSignal<SearchResults | undefined>(undefined)
  const { isBusy, failure, run } = useOnce()
  const chosen = documents.find(({ id }) => id === document)
  const search = () =>
    run(async () => {
      const body = { query, rerank: isReranked, ...(chosen && { document_ids: [chosen.id] }) }
      const found = await askJson<SearchResults>('/v1/documents/search', { body })
      answer.value = found
      announce(`${found.data.length} passages found.`)
    })
  return (
    <section class="found" aria-label="Search">
      <search>
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault()
            void search()
          }}
        >
          <Field
            label="Search your documents"
            name="query"
            required
            maxLength={4_096}
            value={query}
            failure={failure}
            onText={(text) => write({ query: text })}
          />
          <Choice
            label="In"
            value={chosen?.id ?? ''}
            options={[['', 'All documents'], ...documents.map(({ id, filename }) => [id, filename] as const)]}
            onChoose={(id) => write({ document: id })}
          />
          <label class="choice">
            <input
              type="checkbox"
              checked={isReranked}
              onChange={({ currentTarget: { checked } }) => write({ isReranked: checked })}
            />
            Put in order by a model
          </label>
          <button type="submit" disabled={isBusy || query.trim() === ''}>
            {isBusy ? 'Searching…' : 'Search'}
          </button>
        </form>
      </search>
      <Problem failure={failure} />
      {answer.value && <Answer answer={answer.value} />}
    </section>
  )
}
