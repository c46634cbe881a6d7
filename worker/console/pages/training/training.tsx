import { useSignal } from '@preact/signals'
import { useRoute } from 'preact-iso'
import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import { NOTHING, when } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { More, useRows } from '../../kit/rows.tsx'
import { Table } from '../../kit/table.tsx'
import { useWatched } from '../../kit/watch.ts'
import { askJson } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { CurvePlots } from './curves.tsx'
import { isOver, JOBS, type Job, nameOf, pathOf, type Series, stateOf, toneOf } from './job.ts'
import { JobView } from './job-view.tsx'
import { NewJob } from './new-job.tsx'

/** Trainings that fit into one plot and can still be told apart. */
const MAX_COMPARED = 6

/** The curves of several trainings in the same plots. */
function Comparison({ jobs }: { jobs: readonly Job[] }) {
  const curves = useLoaded(
    (stop) =>
      Promise.all(
        jobs.map(async (job) => {
          const { data } = await askJson<{ data: Series }>(`${pathOf(job.id)}/metrics`, { signal: stop })
          return { name: nameOf(job), series: data }
        }),
      ),
    [jobs.map(({ id }) => id).join(' ')],
  )
  return (
    <section class="found" aria-label="Comparison">
      <h2>Compared</h2>
      <Loading of={curves}>{(some) => <CurvePlots of={some} />}</Loading>
    </section>
  )
}

function TrainingList() {
  const jobs = useRows<Job>(JOBS, 20)
  useWatched(jobs, ({ rows }) => !rows.every(isOver))
  const chosen = useSignal<readonly string[]>([])
  const compared = (jobs.value.value?.rows ?? []).filter(({ id }) => chosen.value.includes(id))
  return (
    <Page
      title="Training"
      actions={
        <a class="button" href={`${CONSOLE_PATH}/training/new`}>
          New training
        </a>
      }
    >
      <p class="muted">
        Models of the pool, trained on rows of yours. Choose two or more to see their curves together.
      </p>
      <Loading of={jobs}>
        {({ rows }) => (
          <Table
            caption="Your trainings, the newest first"
            rows={rows}
            keyOf={({ id }) => id}
            nothing="You have trained nothing yet."
            columns={[
              [
                'Training',
                (job) => (
                  <a href={`${CONSOLE_PATH}/training/${job.id}`}>
                    <bdi>{nameOf(job)}</bdi>
                  </a>
                ),
              ],
              ['State', (job) => <span class={`state ${toneOf(job)}`}>{stateOf(job)}</span>],
              [
                'Step',
                ({ progress }) => (progress ? `${progress.step} of ${progress.total_steps}` : NOTHING),
              ],
              ['Loss', ({ progress }) => progress?.loss?.toFixed(4) ?? NOTHING],
              ['Begun', ({ created_at }) => when(created_at)],
              ['Ended', ({ finished_at }) => when(finished_at)],
              [
                'Compare',
                (job) => (
                  <input
                    type="checkbox"
                    aria-label={`Compare ${nameOf(job)}`}
                    checked={chosen.value.includes(job.id)}
                    disabled={compared.length >= MAX_COMPARED && !chosen.value.includes(job.id)}
                    onChange={({ currentTarget: { checked } }) => {
                      const others = chosen.value.filter((id) => id !== job.id)
                      chosen.value = checked ? [...others, job.id] : others
                    }}
                  />
                ),
              ],
            ]}
          />
        )}
      </Loading>
      <More of={jobs} />
      {compared.length > 1 && <Comparison jobs={compared} />}
    </Page>
  )
}

/** The trainings of the account, the one that the address names, or the form of a new one. */
export function TrainingPage() {
  const { id } = useRoute().params
  if (id === undefined) return <TrainingList />
  return id === 'new' ? <NewJob /> : <JobView key={id} id={id} />
}
