import { Choice } from '../../kit/choice.tsx'
import { useLoaded } from '../../kit/load.ts'
import { askJson } from '../../session/api.ts'
import { set, settings } from './settings.ts'

interface Listed {
  data: { id: string; name: string; status: string }[]
}

const AGENTS = [
  ['', 'No agent'],
  ['auto', 'Where the question needs one'],
  ['react', 'Step by step'],
  ['plan_execute', 'By a plan'],
] as const

/** A number that is dragged, with its value. */
function Slider({
  label,
  value,
  max,
  onChange,
}: {
  label: string
  value: number
  max: number
  onChange: (value: number) => void
}) {
  return (
    <label class="field">
      {label}: {value}
      <input
        type="range"
        min={0}
        max={max}
        step={0.05}
        value={value}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
    </label>
  )
}

/** How questions are answered: instructions, sampling, documents and agent. */
export function Options() {
  const documents = useLoaded((signal) => askJson<Listed>('/v1/documents?limit=100', { signal }))
  const { instructions, temperature, topP, maxTokens, documents: chosen, agent } = settings.value
  const ready = documents.value.value?.data.filter(({ status }) => status === 'ready') ?? []
  return (
    <div class="options">
      <label class="field wide">
        Instructions
        <textarea
          rows={2}
          placeholder="How to answer, who it speaks to…"
          value={instructions}
          onInput={(event) => set({ instructions: event.currentTarget.value })}
        />
      </label>
      <Slider
        label="Temperature"
        value={temperature}
        max={2}
        onChange={(value) => set({ temperature: value })}
      />
      <Slider label="Top P" value={topP} max={1} onChange={(value) => set({ topP: value })} />
      <label class="field">
        Most tokens
        <input
          type="number"
          min={1}
          placeholder="As many as there is room for"
          value={maxTokens}
          onInput={(event) => set({ maxTokens: event.currentTarget.value })}
        />
      </label>
      <Choice
        label="Documents"
        value={chosen}
        options={[
          ['', 'None'],
          ['all', 'All of mine'],
          ...ready.map(({ id, name }): readonly [string, string] => [id, name]),
        ]}
        // An agent searches by itself.
        onChoose={(value) => set({ documents: value, ...(value !== '' && { agent: '' }) })}
      />
      <Choice
        label="Agent"
        value={agent}
        options={AGENTS}
        onChoose={(value) => set({ agent: value, ...(value !== '' && { documents: '' }) })}
      />
    </div>
  )
}
