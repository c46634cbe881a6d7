import { useSignal } from '@preact/signals'
import { announce } from './announce.tsx'

const SHOWN_MS = 2_000

/** A button that puts a text on the clipboard and says so. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const isCopied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    isCopied.value = true
    announce('Copied.')
    // The word is for a glance; nothing waits for it.
    setTimeout(() => {
      isCopied.value = false
    }, SHOWN_MS)
  }
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      {isCopied.value ? 'Copied' : label}
    </button>
  )
}

/** A text to take along: a command, a secret. */
export function Sample({ text, label }: { text: string; label: string }) {
  return (
    <figure class="sample">
      <pre>
        <code>{text}</code>
      </pre>
      <Copy text={text} label={`Copy ${label}`} />
    </figure>
  )
}
