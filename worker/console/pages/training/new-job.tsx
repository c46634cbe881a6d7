import { effect, signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { z } from 'zod'
import { CONSOLE_PATH } from '../../../../shared/console/pages.ts'
import type { Model } from '../../../surfaces/openai/schemas/model.ts'
import { Choice } from '../../kit/choice.tsx'
import { useDraft } from '../../kit/draft.ts'
import { Field } from '../../kit/field.tsx'
import { bytes } from '../../kit/format.ts'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { createUploads, UploadArea } from '../../kit/uploads.tsx'
import { askJson } from '../../session/api.ts'
import { type StoredFile, uploadFile } from '../../session/upload.ts'
import { Page } from '../../shell/page.tsx'
import { JOBS, type Job } from './job.ts'
import { configOf, type TypedRecipe } from './recipe.ts'
import { RecipeFields } from './recipe-fields.tsx'

type Listed = z.infer<typeof Model>

const MIB = 1024 * 1024
const EMPTY = { model: '', file: '', validation: '', suffix: '', recipe: {} as TypedRecipe }

/** The file that was uploaded last. */
const arrived = signal<StoredFile | undefined>(undefined)
const uploads = createUploads(
  (file, options) => uploadFile(file, 'fine-tune', options),
  (sent) => {
    arrived.value = sent
  },
)

/** The models and files that a job may be made of. */
async function offers(stop: AbortSignal): Promise<{ models: Listed[]; files: StoredFile[] }> {
  const [models, files] = await Promise.all([
    askJson<{ data: Listed[] }>('/v1/models', { signal: stop }),
    askJson<{ data: StoredFile[] }>('/v1/files?purpose=fine-tune&limit=100', { signal: stop }),
  ])
  return { models: models.data, files: files.data }
}

const wordsOf = ({ id, filename, bytes: size }: StoredFile) => [id, `${filename} (${bytes(size)})`] as const

/** The form of a job: rows, a model, how it is trained. */
export function NewJob() {
  const offered = useLoaded(offers)
  const { values, write, clear } = useDraft('training.new', EMPTY)
  const { route } = useLocation()
  const sending = useOnce()
  const estimating = useOnce()
  const memory = useSignal<number | undefined>(undefined)
  useEffect(() => {
    let seen = arrived.peek()
    return effect(() => {
      const file = arrived.value
      if (file === undefined || file === seen) return
      seen = file
      write({ file: file.id })
      void offered.again()
    })
  }, [offered.again, write])
  const { model, file, validation, suffix, recipe } = values.value
  const chosenModel = model === '' ? (offered.value.value?.models[0]?.id ?? '') : model
  const chosenFile = file === '' ? (offered.value.value?.files[0]?.id ?? '') : file
  const create = () =>
    sending.run(async () => {
      const body = {
        model: chosenModel,
        training_file: chosenFile,
        ...(validation !== '' && { validation_file: validation }),
        ...(suffix !== '' && { suffix }),
        config: configOf(recipe),
      }
      const job = await askJson<Job>(JOBS, { body })
      clear()
      route(`${CONSOLE_PATH}/training/${job.id}`)
    })
  const estimate = () =>
    estimating.run(async () => {
      memory.value = undefined
      const body = { model: chosenModel, config: configOf(recipe) }
      const { memory_mib: mib } = await askJson<{ memory_mib: number }>(`${JOBS}/estimate`, { body })
      memory.value = mib * MIB
    })
  return (
    <Page title="A new training" actions={<a href={`${CONSOLE_PATH}/training`}>All trainings</a>}>
      <UploadArea
        uploads={uploads}
        label="Upload rows"
        accept=".jsonl,.json"
        hint="JSON Lines: chats, prompts with completions, or preferences; or drop them here."
      />
      <Loading of={offered}>
        {({ models, files }) =>
          files.length === 0 ? (
            <p class="muted">A training starts from a file of rows: upload one.</p>
          ) : (
            <form
              class="found"
              onSubmit={(event) => {
                event.preventDefault()
                void create()
              }}
            >
              <div class="fields">
                <Choice
                  label="Rows"
                  value={chosenFile}
                  options={files.map(wordsOf)}
                  onChoose={(id) => write({ file: id })}
                />
                <Choice
                  label="Model"
                  value={chosenModel}
                  options={models.map(({ id }) => [id, id] as const)}
                  onChoose={(id) => write({ model: id })}
                />
                <Choice
                  label="Rows to measure on"
                  value={validation}
                  options={[['', 'None besides the share below'], ...files.map(wordsOf)]}
                  onChoose={(id) => write({ validation: id })}
                />
                <Field
                  label="The model’s ending"
                  name="suffix"
                  hint={`It is called ${chosenModel}:${suffix === '' ? '…' : suffix}`}
                  value={suffix}
                  failure={sending.failure}
                  onText={(text) => write({ suffix: text })}
                />
              </div>
              <RecipeFields
                typed={recipe}
                failure={sending.failure ?? estimating.failure}
                write={(typed) => write({ recipe: typed })}
              />
              <Problem failure={sending.failure ?? estimating.failure} />
              <footer class="acts">
                <span class="grows" role="status">
                  {memory.value !== undefined && `It takes about ${bytes(memory.value)} of memory on a node.`}
                </span>
                <button
                  type="button"
                  class="quiet"
                  disabled={estimating.isBusy}
                  onClick={() => void estimate()}
                >
                  {estimating.isBusy ? 'Reckoning…' : 'Estimate the memory'}
                </button>
                <button type="submit" disabled={sending.isBusy || chosenModel === ''}>
                  {sending.isBusy ? 'Starting…' : 'Start the training'}
                </button>
              </footer>
            </form>
          )
        }
      </Loading>
    </Page>
  )
}
