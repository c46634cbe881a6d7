import { useSignal } from '@preact/signals'
import { Confirm } from '../../kit/confirm.tsx'
import { useLoaded } from '../../kit/load.ts'
import { Loading } from '../../kit/loading.tsx'
import { ask } from '../../session/api.ts'
import { Failure } from '../../session/failure.ts'
import { TalkTo } from './checkpoints.tsx'
import { Sharing } from './sharing.tsx'

/** Whether a model is still there. */
async function isThere(path: string, stop: AbortSignal): Promise<boolean> {
  try {
    await ask(path, { signal: stop })
    return true
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.status === 404) return false
    throw thrown
  }
}

/** The model that came out of a training: to be talked to, then published, or deleted. */
export function Result({ model }: { model: string }) {
  const path = `/v1/models/${encodeURIComponent(model)}`
  const there = useLoaded((stop) => isThere(path, stop), [path])
  const isDeleting = useSignal(false)
  return (
    <>
      <section class="card" aria-label="The model">
        <header>
          <h2>
            <bdi>{model}</bdi>
          </h2>
          <span class="grows" />
          {there.value.value && (
            <>
              <TalkTo model={model} />
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  isDeleting.value = true
                }}
              >
                Delete<span class="unseen"> the model {model}</span>
              </button>
            </>
          )}
        </header>
        <Loading of={there}>
          {(isStill) => (
            <p class="muted">
              {isStill
                ? 'Talk to it before others do: until it is published it is yours alone.'
                : 'It was deleted.'}
            </p>
          )}
        </Loading>
      </section>
      {there.value.value && <Sharing model={model} />}
      {isDeleting.value && (
        <Confirm
          question={`Delete the model ${model}?`}
          consequence="Nobody can talk to it any more, and its file is gone."
          action="Delete"
          act={async () => {
            await ask(path, { method: 'DELETE' })
            await there.again()
          }}
          onClose={() => {
            isDeleting.value = false
          }}
        />
      )}
    </>
  )
}
