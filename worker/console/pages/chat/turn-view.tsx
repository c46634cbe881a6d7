import { useSignal } from '@preact/signals'
import { memo } from 'preact/compat'
import { useRef } from 'preact/hooks'
import { Copy } from '../../kit/copy.tsx'
import { count, duration, rate } from '../../kit/format.ts'
import { Problem } from '../../kit/problem.tsx'
import { isAdministrator } from '../../session/session.ts'
import { Written } from '../../text/written.tsx'
import { Sources, Steps } from './sources.tsx'
import type { Turn, TurnContent } from './turn.ts'

/** The deeds of a talk's turns; the same object as long as the talk is shown. */
export interface TurnDeeds {
  again: () => void
  branch: (turn: Turn) => void
  edit: (turn: Turn, text: string) => void
}

interface TurnViewProps {
  turn: Turn
  isLast: boolean
  /** The talk answers at the moment. */
  isBusy: boolean
  deeds: TurnDeeds
}

function FiguresLine({ content: { figures, moves, node } }: { content: TurnContent }) {
  if (!figures) return null
  return (
    <p class="muted small figures-line">
      {count(figures.tokens)} tokens · first after {duration(figures.firstMs)} ·{' '}
      {rate(figures.tokensPerSecond)} tokens/s
      {isAdministrator.value && node !== undefined && moves === 0 && (
        <>
          {' '}
          · on <bdi>{node}</bdi>
        </>
      )}
    </p>
  )
}

/** Says that an answer went on elsewhere. */
function Moved({ content: { moves, node } }: { content: TurnContent }) {
  if (moves === 0) return null
  return (
    <p class="small moved">
      <span aria-hidden="true">⇄</span> Moved to another node
      {node !== undefined && (
        <>
          : <bdi>{node}</bdi>
        </>
      )}
    </p>
  )
}

/** A question that is being asked differently. */
function Editing({ text, onDone }: { text: string; onDone: (text: string | undefined) => void }) {
  const field = useRef<HTMLTextAreaElement>(null)
  return (
    <form
      class="editing"
      onSubmit={(event) => {
        event.preventDefault()
        onDone(field.current?.value.trim() || undefined)
      }}
    >
      <textarea aria-label="The question, changed" ref={field} rows={4} defaultValue={text} autofocus />
      <footer>
        <button type="button" class="quiet" onClick={() => onDone(undefined)}>
          Cancel
        </button>
        <button type="submit">Ask this instead</button>
      </footer>
    </form>
  )
}

const Question = ({ turn, isBusy, deeds }: TurnViewProps) => {
  const isEditing = useSignal(false)
  const { text } = turn.content.value
  if (isEditing.value)
    return (
      <Editing
        text={text}
        onDone={(changed) => {
          isEditing.value = false
          if (changed !== undefined && changed !== text) deeds.edit(turn, changed)
        }}
      />
    )
  return (
    <>
      <Written text={text} />
      <footer>
        <Copy text={text} />
        <button
          type="button"
          class="quiet"
          disabled={isBusy}
          onClick={() => {
            isEditing.value = true
          }}
        >
          Edit
        </button>
      </footer>
    </>
  )
}

const Answer = ({ turn, isLast, isBusy, deeds }: TurnViewProps) => {
  const content = turn.content.value
  const { text, state, failure, steps, citations, sources, id } = content
  const isOpen = state === 'waiting' || state === 'streaming'
  const again = isLast && !isBusy ? deeds.again : undefined
  return (
    <>
      <Steps steps={steps} />
      {text !== '' && <Written text={text} isGrowing={isOpen} />}
      {isOpen && text === '' && <p class="muted waiting">Waiting for the first word…</p>}
      {state === 'cancelled' && <p class="muted small">Stopped.</p>}
      {(state === 'failed' || state === 'refused') && (
        <Problem failure={failure ?? new Error('The answer failed.')} again={again} />
      )}
      <Moved content={content} />
      <Sources citations={citations} sources={sources} />
      <FiguresLine content={content} />
      {!isOpen && text !== '' && (
        <footer>
          <Copy text={text} />
          {again && state !== 'failed' && (
            <button type="button" class="quiet" onClick={again}>
              Ask again
            </button>
          )}
          {id !== undefined && (
            <button type="button" class="quiet" disabled={isBusy} onClick={() => deeds.branch(turn)}>
              Branch
            </button>
          )}
        </footer>
      )}
    </>
  )
}

/** A turn of a talk, with what can be done with it. */
export const TurnView = memo((props: TurnViewProps) => {
  const { role, content } = props.turn
  const isAnswer = role === 'assistant'
  return (
    <li class={`turn ${role}`}>
      <h2 class="small">{isAnswer ? <bdi>{content.value.model ?? 'Answer'}</bdi> : 'You'}</h2>
      {isAnswer ? <Answer {...props} /> : <Question {...props} />}
    </li>
  )
})
