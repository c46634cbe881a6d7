import { duration } from '../../kit/format.ts'
import type { Message, Step } from './frames.ts'

/** Each step once, as it stands now. */
function latest(steps: readonly Step[]): Step[] {
  const byNumber = new Map<number, Step>()
  for (const step of steps) byNumber.set(step.step, { ...byNumber.get(step.step), ...step })
  return [...byNumber.values()]
}

const wordOf = ({ state, ok }: Step): string => {
  if (state === 'started') return 'running…'
  if (state === 'waiting') return 'waits for you'
  return ok === false ? 'failed' : 'done'
}

/** The steps by which an agent has found its answer, to open. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  if (steps.length === 0) return null
  const shown = latest(steps)
  return (
    <details class="way">
      <summary>
        {shown.length} {shown.length === 1 ? 'step' : 'steps'}
      </summary>
      <ol>
        {shown.map((step) => (
          <li key={step.step}>
            <strong>{step.tool}</strong>{' '}
            <span class={step.ok === false ? 'wrong' : 'muted'}>
              {wordOf(step)}
              {step.ms === undefined ? '' : ` in ${duration(step.ms)}`}
              {step.decided_by === undefined
                ? ''
                : ` · chosen by ${step.decided_by === 'rule' ? 'a rule' : 'the model'}`}
            </span>
            {step.arguments !== undefined && (
              <pre class="plain">{JSON.stringify(step.arguments, null, 2)}</pre>
            )}
            {step.result !== undefined && <pre class="plain">{step.result}</pre>}
          </li>
        ))}
      </ol>
    </details>
  )
}

const isSafe = (url: string): boolean => /^https?:\/\//i.test(url)

/** The places that an answer names, to open. */
export function Sources({ citations, sources }: Pick<Message, 'citations' | 'sources'>) {
  const count = citations.length + sources.length
  if (count === 0) return null
  return (
    <details class="way">
      <summary>
        {count} {count === 1 ? 'source' : 'sources'}
      </summary>
      <ol>
        {citations.map(({ marker, index, filename, page, quote }) => (
          <li key={`${index} ${marker}`}>
            <strong>{marker}</strong> <bdi>{filename}</bdi>
            {page === null ? '' : `, page ${page}`}
            <blockquote dir="auto">{quote}</blockquote>
          </li>
        ))}
        {sources.map((source, at) => (
          <li key={at}>
            {source.type === 'web' ? (
              isSafe(source.url) ? (
                <a href={source.url} target="_blank" rel="noopener noreferrer nofollow">
                  <bdi>{source.title || source.url}</bdi>
                </a>
              ) : (
                <bdi>{source.title}</bdi>
              )
            ) : (
              <>
                <bdi>{source.filename}</bdi>
                {source.page === null ? '' : `, page ${source.page}`}
              </>
            )}
            <blockquote dir="auto">{source.quote}</blockquote>
          </li>
        ))}
      </ol>
    </details>
  )
}
