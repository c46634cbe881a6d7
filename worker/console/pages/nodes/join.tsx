import { useSignal } from '@preact/signals'
import { Sample } from '../../kit/copy.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { Field } from '../../kit/field.tsx'
import { Problem } from '../../kit/problem.tsx'
import { askJson } from '../../session/api.ts'
import type { Node } from './node.ts'

interface Invitation {
  token: string
  name: string
  /** Nodes that were there when it was made. */
  known: ReadonlySet<string>
}

const commandOf = ({ token, name }: Invitation) =>
  `npm run node -- --edge ${location.origin} --token ${token} --name '${name}' --model <a GGUF file or hf:user/repository:Q4_K_M>`

/** Whether the shell that the command is for takes a name as it is between quotes. */
const isPlainName = (name: string) => /^[^'\\]+$/.test(name)

/** Makes a join token, shows it as a command, and turns green when the node arrives. */
export function JoinDialog({ nodes, onClose }: { nodes: readonly Node[]; onClose: () => void }) {
  const name = useSignal('')
  const invitation = useSignal<Invitation | undefined>(undefined)
  const failure = useSignal<unknown>(undefined)
  const isBusy = useSignal(false)
  const invite = async (event: Event) => {
    event.preventDefault()
    if (isBusy.peek()) return
    isBusy.value = true
    failure.value = undefined
    try {
      const known = new Set(nodes.map(({ id }) => id))
      const made = await askJson<{ token: string; name: string }>('/v1/nodes/join-tokens', {
        body: { name: name.peek() },
      })
      invitation.value = { ...made, known }
    } catch (thrown) {
      failure.value = thrown
    }
    isBusy.value = false
  }
  const made = invitation.value
  if (!made) {
    return (
      <Dialog title="Add a node" onClose={onClose}>
        <form onSubmit={(event) => void invite(event)}>
          <Field
            label="Its name"
            name="name"
            required
            maxLength={64}
            pattern="[^'\\]+"
            value={name.value}
            failure={failure.value}
            onText={(text) => {
              name.value = text
            }}
          />
          <Problem failure={failure.value} />
          <footer>
            <button type="submit" disabled={isBusy.value || !isPlainName(name.value)}>
              Make a join token
            </button>
          </footer>
        </form>
      </Dialog>
    )
  }
  const arrived = nodes.find(({ id, status }) => !made.known.has(id) && status === 'online')
  return (
    <Dialog title={`Add the node ${made.name}`} onClose={onClose}>
      <p>
        Run this in a clone of the repository, on the machine with the GPU. The token is good for one node,
        and shown once.
      </p>
      <Sample label="command" text={commandOf(made)} />
      <p role="status" class={arrived ? 'good' : 'muted'}>
        {arrived
          ? `${arrived.name} is here, with ${arrived.models.length} ${arrived.models.length === 1 ? 'model' : 'models'}.`
          : 'Waiting for it to dial in…'}
      </p>
    </Dialog>
  )
}
