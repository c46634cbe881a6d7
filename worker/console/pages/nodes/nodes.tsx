import { useSignal } from '@preact/signals'
import { Confirm } from '../../kit/confirm.tsx'
import { bytes, count, duration, rate, when } from '../../kit/format.ts'
import { Problem } from '../../kit/problem.tsx'
import { Table } from '../../kit/table.tsx'
import { ask } from '../../session/api.ts'
import { Page } from '../../shell/page.tsx'
import { JoinDialog } from './join.tsx'
import { failure, nodes, useLiveNodes } from './live-nodes.ts'
import type { Node } from './node.ts'
import { PoolPlots } from './pool-plots.tsx'

const MIB = 1024 * 1024

const memoryOf = ({ gauge, hardware }: Node): string => {
  if (gauge?.vramUsedMiB != null && gauge.vramTotalMiB)
    return `${bytes(gauge.vramUsedMiB * MIB)} of ${bytes(gauge.vramTotalMiB * MIB)} (GPU)`
  if (gauge?.rssMiB == null) return '–'
  return `${bytes(gauge.rssMiB * MIB)}${hardware ? ` of ${bytes(hardware.memoryMiB * MIB)}` : ''}`
}

/** The share of prompts that was found in a cache, since the node joined. */
const cacheHitsOf = ({ prompt_tokens, cached_prompt_tokens }: Node['models'][number]): string =>
  prompt_tokens === 0 ? '–' : `${Math.round((100 * cached_prompt_tokens) / prompt_tokens)} %`

/** As many calls of a queue are told one by one. */
const MOST_WAITS = 4

/** How many calls wait, and how long each of those has that are next. */
function waitsOf({ queued, queue, waited_ms }: Node['models'][number]): string {
  if (queued === 0) return '0'
  const waits = queue.slice(0, MOST_WAITS).map((call) => duration(call.waited_ms))
  if (queued <= MOST_WAITS) return `${queued}, for ${waits.join(', ')}`
  return `${queued}, the next for ${waits.join(', ')}; the longest for ${duration(waited_ms)}`
}

const jobsOf = ({ jobs }: Node) =>
  jobs.length === 0 ? 'none' : jobs.map(({ id, state }) => `${id} (${state})`).join(', ')

function NodeCard({ node, onDrain, onRevoke }: { node: Node; onDrain: () => void; onRevoke: () => void }) {
  return (
    <section class="card" aria-label={node.name}>
      <header>
        <h2>
          <bdi>{node.name}</bdi>
        </h2>
        <span class={`state ${node.status}`}>{node.status}</span>
        <span class="muted">since {when(node.since)}</span>
        <span class="grows" />
        {node.status === 'online' && (
          <button type="button" class="quiet" onClick={onDrain}>
            Drain<span class="unseen"> {node.name}</span>
          </button>
        )}
        <button type="button" class="quiet" onClick={onRevoke}>
          Revoke<span class="unseen"> {node.name}</span>
        </button>
      </header>
      <dl class="figures">
        <div>
          <dt>Tokens a second</dt>
          <dd>{rate(node.gauge?.tokensPerSecond)}</dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>{memoryOf(node)}</dd>
        </div>
        <div>
          <dt>Machine</dt>
          <dd>{node.hardware ? (node.hardware.gpus[0]?.name ?? node.hardware.cpu) : '–'}</dd>
        </div>
        <div>
          <dt>Training</dt>
          <dd>{jobsOf(node)}</dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{node.version ?? '–'}</dd>
        </div>
      </dl>
      <Table
        caption={`Models of ${node.name}`}
        rows={node.models}
        keyOf={({ id }) => id}
        nothing="It serves no models."
        columns={[
          ['Model', ({ id }) => <bdi>{id}</bdi>],
          ['Slots', ({ active, slots }) => `${active} of ${slots}`],
          ['Waiting', waitsOf],
          ['Context', ({ context_length }) => count(context_length)],
          ['Size', ({ size_bytes }) => bytes(size_bytes)],
          ['Cache hits', cacheHitsOf],
          ['In memory', ({ residence }) => residence],
          ['Adapters', ({ adapters }) => count(adapters.length)],
        ]}
      />
    </section>
  )
}

/** The nodes of the pool: what they hold and how busy they are. */
export function NodesPage() {
  useLiveNodes()
  const dialog = useSignal<'join' | { drain: Node } | { revoke: Node } | undefined>(undefined)
  const close = () => {
    dialog.value = undefined
  }
  const open = dialog.value
  return (
    <Page
      title="Nodes"
      actions={
        <button
          type="button"
          onClick={() => {
            dialog.value = 'join'
          }}
        >
          Add a node
        </button>
      }
    >
      <Problem failure={failure.value} />
      {nodes.value === undefined && <p class="muted">Loading…</p>}
      {nodes.value?.length === 0 && <p class="muted">No node has joined yet.</p>}
      <PoolPlots />
      {nodes.value?.map((node) => (
        <NodeCard
          key={node.id}
          node={node}
          onDrain={() => {
            dialog.value = { drain: node }
          }}
          onRevoke={() => {
            dialog.value = { revoke: node }
          }}
        />
      ))}
      {open === 'join' && <JoinDialog nodes={nodes.value ?? []} onClose={close} />}
      {typeof open === 'object' && 'drain' in open && (
        <Confirm
          question={`Drain the node ${open.drain.name}?`}
          consequence="It takes no more calls, finishes what runs, and leaves. What is not finished in time goes on elsewhere."
          action="Drain"
          act={() => ask(`/v1/nodes/${open.drain.id}/drain`, { method: 'POST' })}
          onClose={close}
        />
      )}
      {typeof open === 'object' && 'revoke' in open && (
        <Confirm
          question={`Revoke the node ${open.revoke.name}?`}
          consequence="Its link closes at once, and its credential opens nothing any more."
          action="Revoke"
          act={() => ask(`/v1/nodes/${open.revoke.id}`, { method: 'DELETE' })}
          onClose={close}
        />
      )}
    </Page>
  )
}
