import { signal } from '@preact/signals'

const spoken = signal('')

/** Tells those who hear the page instead of seeing it; politely, and never once a token. */
export function announce(words: string): void {
  // The same words twice are no change, and would not be read.
  spoken.value = spoken.peek() === words ? `${words}\u00a0` : words
}

/** Where announcements are read from; stands once on the page. */
export const Announcer = () => (
  <p class="unseen" role="status" aria-live="polite">
    {spoken}
  </p>
)
