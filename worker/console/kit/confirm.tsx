import { useSignal } from '@preact/signals'
import { Dialog } from './dialog.tsx'
import { Problem } from './problem.tsx'

interface ConfirmProps {
  /** The sentence that names the thing: `Revoke the node attic?` */
  question: string
  /** Said of its consequences, where they are not plain. */
  consequence?: string
  /** The word on the button. */
  action: string
  /** Done once, however often the button is pressed. */
  act: () => Promise<unknown>
  onClose: () => void
}

/** Asks before something is destroyed. */
export function Confirm({ question, consequence, action, act, onClose }: ConfirmProps) {
  const isBusy = useSignal(false)
  const failure = useSignal<unknown>(undefined)
  const go = async () => {
    if (isBusy.peek()) return
    isBusy.value = true
    failure.value = undefined
    try {
      await act()
      onClose()
    } catch (thrown) {
      failure.value = thrown
      isBusy.value = false
    }
  }
  return (
    <Dialog title={question} onClose={isBusy.value ? undefined : onClose}>
      {consequence && <p>{consequence}</p>}
      <Problem failure={failure.value} />
      <footer>
        <button type="button" class="quiet" disabled={isBusy.value} onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="danger" disabled={isBusy.value} onClick={() => void go()}>
          {isBusy.value ? 'Working…' : action}
        </button>
      </footer>
    </Dialog>
  )
}
