import { Copy } from '../../kit/copy.tsx'
import { count, duration, rate } from '../../kit/format.ts'
import { Problem } from '../../kit/problem.tsx'
import { Written } from '../../text/written.tsx'
import type { Figures, Turn } from './talk.ts'

/** Tokens a second, from the first one on. */
const speedOf = ({ tokens, firstMs, totalMs }: Figures): number | null =>
  tokens === null || firstMs === null || totalMs <= firstMs ? null : tokens / ((totalMs - firstMs) / 1_000)

function FiguresLine({ figures }: { figures: Figures }) {
  return (
    <p class="muted small">
      {figures.model} · {count(figures.tokens)} tokens · first after {duration(figures.firstMs)} ·{' '}
      {rate(speedOf(figures))} tokens/s
    </p>
  )
}

interface TurnViewProps {
  turn: Turn
  /** Present on the last answer. */
  again?: (() => void) | undefined
}

/** A turn of a talk, with what can be done with it. */
export function TurnView({ turn, again }: TurnViewProps) {
  const { role, text, state, failure, figures } = turn
  return (
    <li class={`turn ${role}`}>
      <h2 class="small">{role === 'user' ? 'You' : 'Answer'}</h2>
      {text !== '' && <Written text={text} />}
      {state === 'streaming' && text === '' && <p class="muted">Waiting for the first word…</p>}
      {state === 'stopped' && <p class="muted small">Stopped.</p>}
      {state === 'failed' && <Problem failure={failure} again={again} />}
      {figures && <FiguresLine figures={figures} />}
      {state !== 'streaming' && text !== '' && (
        <footer>
          <Copy text={text} />
          {again && state !== 'failed' && (
            <button type="button" class="quiet" onClick={again}>
              Ask again
            </button>
          )}
        </footer>
      )}
    </li>
  )
}
