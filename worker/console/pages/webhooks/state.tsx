import { when } from '../../kit/format.ts'
import type { Webhook } from './webhook.ts'

/** Whether a webhook is told of events, and why not. */
export function StateOf({ webhook: { enabled, disabled_reason, failing_since } }: { webhook: Webhook }) {
  if (!enabled)
    return <span class="state offline">disabled{disabled_reason === null ? '' : `: ${disabled_reason}`}</span>
  if (failing_since !== null)
    return <span class="state bad">nothing arrives since {when(failing_since)}</span>
  return <span class="state good">enabled</span>
}
