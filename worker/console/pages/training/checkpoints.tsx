import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import { count, NOTHING, when } from '../../kit/format.ts'
import { Loading } from '../../kit/loading.tsx'
import { More, useRows } from '../../kit/rows.tsx'
import { Table } from '../../kit/table.tsx'
import { useWatched } from '../../kit/watch.ts'
import { type Checkpoint, isOver, type Job, pathOf } from './job.ts'

/** Where the chat keeps the model that was chosen last. */
const CHOSEN_MODEL = 'switchyard.model'

/** Leads into the chat, with a model chosen. */
export const TalkTo = ({ model }: { model: string }) => (
  <a href={`${CONSOLE_PATH}/`} onClick={() => localStorage.setItem(CHOSEN_MODEL, model)}>
    Talk to it<span class="unseen">: {model}</span>
  </a>
)

const figure = (value: number | undefined) => value?.toFixed(4) ?? NOTHING

/** The steps at which a training was saved: each is a model. */
export function Checkpoints({ job }: { job: Job }) {
  const checkpoints = useRows<Checkpoint>(`${pathOf(job.id)}/checkpoints`, 20)
  useWatched(checkpoints, () => !isOver(job))
  return (
    <section class="card" aria-label="Checkpoints">
      <h2>Checkpoints</h2>
      <Loading of={checkpoints}>
        {({ rows }) => (
          <Table
            caption="Checkpoints, the newest first"
            rows={rows}
            keyOf={({ id }) => id}
            nothing="None was saved yet."
            columns={[
              ['Model', (one) => <bdi>{one.fine_tuned_model_checkpoint}</bdi>],
              ['Step', ({ step_number }) => count(step_number)],
              ['Loss', ({ metrics }) => figure(metrics.train_loss)],
              ['Validation loss', ({ metrics }) => figure(metrics.full_valid_loss)],
              ['Saved', ({ created_at }) => when(created_at)],
              ['', (one) => <TalkTo model={one.fine_tuned_model_checkpoint} />],
            ]}
          />
        )}
      </Loading>
      <More of={checkpoints} />
    </section>
  )
}
