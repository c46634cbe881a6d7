import { useSignal } from '@preact/signals'
import { Dialog } from '../../kit/dialog.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { ask } from '../../session/api.ts'
import { changes } from './talk.ts'

/** Characters of a title, as the edge takes them. */
const MAX_TITLE = 200

/** Gives a talk another title. */
export function Rename({ path, title, onClose }: { path: string; title: string; onClose: () => void }) {
  const next = useSignal(title)
  const once = useOnce()
  return (
    <Dialog title="Rename the conversation" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void once.run(async () => {
            await ask(path, { method: 'PATCH', body: { title: next.peek().trim() } })
            changes.value += 1
            onClose()
          })
        }}
      >
        <label class="field">
          Title
          <input
            required
            maxLength={MAX_TITLE}
            value={next.value}
            onInput={(event) => {
              next.value = event.currentTarget.value
            }}
          />
        </label>
        <Problem failure={once.failure} />
        <footer>
          <button type="submit" disabled={once.isBusy || next.value.trim() === ''}>
            Rename
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
