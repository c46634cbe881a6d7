import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import { Confirm } from '../../kit/confirm.tsx'
import { Figures } from '../../kit/figures.tsx'
import { count, NOTHING, when } from '../../kit/format.ts'
import { Loading } from '../../kit/loading.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { Table } from '../../kit/table.tsx'
import { ask } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { Checkpoints } from './checkpoints.tsx'
import { CurvePlots } from './curves.tsx'
import { isOver, type Job, type JobEvent, nameOf, pathOf, stateOf, toneOf } from './job.ts'
import { useLiveJob } from './live-job.ts'
import { Result } from './result.tsx'

const digits = (value: number | null | undefined): string => (value == null ? NOTHING : value.toFixed(4))
const latest = (points: readonly (readonly [number, number])[] | undefined) => points?.at(-1)?.[1]

const stepOf = ({ data }: JobEvent): number => (typeof data.step === 'number' ? data.step : 0)
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The answers that checkpoints gave to the job's prompts. */
function Samples({ events }: { events: readonly JobEvent[] }) {
  const samples = events.filter(({ data }) => typeof data.prompt === 'string')
  if (samples.length === 0) return null
  return (
    <section class="card" aria-label="Samples">
      <h2>Samples</h2>
      <Table
        caption="Answers of checkpoints"
        rows={samples.toSorted((a, b) => stepOf(b) - stepOf(a))}
        keyOf={({ id }) => id}
        nothing=""
        columns={[
          ['Step', (event) => count(stepOf(event))],
          ['Prompt', ({ data }) => <bdi>{textOf(data.prompt)}</bdi>],
          ['Answer', ({ data }) => <bdi class="passage">{textOf(data.answer)}</bdi>],
        ]}
      />
    </section>
  )
}

function Events({ events }: { events: readonly JobEvent[] }) {
  return (
    <details class="card">
      <summary>Events</summary>
      <Table
        caption="Events of the training, the newest first"
        rows={events.toReversed()}
        keyOf={({ id }) => id}
        nothing="Nothing has happened yet."
        columns={[
          ['When', ({ created_at }) => when(created_at)],
          [
            'Event',
            ({ level, message }) => <bdi class={level === 'error' ? 'wrong' : undefined}>{message}</bdi>,
          ],
        ]}
      />
    </details>
  )
}

/** Every value that the training uses. */
function Settings({ settings }: { settings: NonNullable<Job['settings']> }) {
  return (
    <details class="card">
      <summary>Settings</summary>
      <Figures
        of={Object.entries(settings).map(([name, value]) => [name, value === null ? NOTHING : String(value)])}
      />
    </details>
  )
}

/** A training as it goes. */
export function JobView({ id }: { id: string }) {
  const { job, series, events, failure } = useLiveJob(id)
  const isCancelling = useSignal(false)
  const ordering = useOnce()
  const order = (name: 'pause' | 'resume') =>
    ordering.run(async () => {
      await ask(`${pathOf(id)}/${name}`, { method: 'POST' })
      await job.again()
    })
  const curves = useMemo(() => [{ name: id, series: series.value }], [id, series.value])
  return (
    <Page title="Training" actions={<a href={`${CONSOLE_PATH}/training`}>All trainings</a>}>
      <Problem failure={ordering.failure ?? failure.value} />
      <Loading of={job}>
        {(one) => (
          <>
            <section class="card" aria-label="How it stands">
              <header>
                <h2>
                  <bdi>{nameOf(one)}</bdi>
                </h2>
                <span class={`state ${toneOf(one)}`}>{stateOf(one)}</span>
                {one.waits_for !== null && <span class="muted">{one.waits_for}</span>}
              </header>
              {one.error && <p class="wrong">{one.error.message}</p>}
              {one.progress && (
                <progress aria-label="Progress" max={one.progress.total_steps} value={one.progress.step} />
              )}
              <Figures
                of={[
                  ['Model', <bdi key="model">{one.model}</bdi>],
                  ['Method', one.method.type === 'dpo' ? 'preferences' : 'answers'],
                  ['Step', one.progress ? `${one.progress.step} of ${one.progress.total_steps}` : NOTHING],
                  ['Loss', digits(latest(series.value.loss))],
                  ['Validation loss', digits(latest(series.value.validation_loss))],
                  ['Tokens trained', count(one.trained_tokens)],
                  ['Begun', when(one.created_at)],
                  [isOver(one) ? 'Ended' : 'Ends about', when(one.finished_at ?? one.estimated_finish)],
                ]}
              />
              <div class="acts">
                {!isOver(one) && !one.paused && (
                  <button
                    type="button"
                    class="quiet"
                    disabled={ordering.isBusy}
                    onClick={() => void order('pause')}
                  >
                    Pause
                  </button>
                )}
                {one.paused && (
                  <button
                    type="button"
                    class="quiet"
                    disabled={ordering.isBusy}
                    onClick={() => void order('resume')}
                  >
                    Go on
                  </button>
                )}
                {!isOver(one) && (
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => {
                      isCancelling.value = true
                    }}
                  >
                    Cancel
                  </button>
                )}
              </div>
            </section>
            {one.fine_tuned_model !== null && (
              <Result key={one.fine_tuned_model} model={one.fine_tuned_model} />
            )}
            <CurvePlots of={curves} />
            <Samples events={events.value} />
            <Checkpoints key={one.progress?.step === undefined ? '' : one.status} job={one} />

            {one.settings && <Settings settings={one.settings} />}
            <Events events={events.value} />
            {isCancelling.value && (
              <Confirm
                question={`Cancel the training ${nameOf(one)}?`}
                consequence="It ends, and leaves no model but those of its checkpoints."
                action="Cancel it"
                act={async () => {
                  await ask(`${pathOf(id)}/cancel`, { method: 'POST' })
                  await job.again()
                }}
                onClose={() => {
                  isCancelling.value = false
                }}
              />
            )}
          </>
        )}
      </Loading>
    </Page>
  )
}
