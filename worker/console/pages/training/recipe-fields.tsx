import { useId } from 'preact/hooks'
import { Choice } from '../../kit/choice.tsx'
import { Field } from '../../kit/field.tsx'
import { RECIPE, type RecipeField, type TypedRecipe } from './recipe.ts'

interface FieldsProps {
  typed: TypedRecipe
  write: (typed: TypedRecipe) => void
  failure: unknown
}

const GROUPS = ['Length', 'Learning', 'Adapter', 'Rows', 'Checks', 'Preferences'] as const

/** Words for the choices of keys whose own say little to people. */
const CHOICES: Readonly<Record<string, string>> = {
  dpo: 'preferences (DPO)',
  drop: 'are left out',
  truncate: 'are cut',
  raise: 'end the job',
  true: 'yes',
  false: 'no',
}

interface OneProps {
  name: string
  field: RecipeField
  value: string
  onText: (text: string) => void
  failure: unknown
}

function Lines({ name, field: { label, usual }, value, onText }: OneProps) {
  const id = useId()
  return (
    <div class="field wide">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        rows={3}
        value={value}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <small id={`${id}-hint`}>One on each line, at most four. Usual: {usual}.</small>
    </div>
  )
}

function One(props: OneProps) {
  const { name, field, value, onText, failure } = props
  const { label, kind, usual } = field
  if (kind === 'lines') return <Lines {...props} />
  const choices = kind === 'flag' ? ['true', 'false'] : typeof kind === 'object' ? kind : undefined
  if (choices) {
    return (
      <Choice
        label={label}
        value={value}
        hint={<code>{name}</code>}
        options={[
          ['', `Usual: ${CHOICES[usual] ?? usual}`],
          ...choices.map((choice) => [choice, CHOICES[choice] ?? choice] as const),
        ]}
        onChoose={onText}
      />
    )
  }
  return (
    <Field
      label={label}
      name={name}
      param={`config.${name}`}
      hint={
        <>
          <code>{name}</code>. Usual: {usual}.
        </>
      }
      {...(kind === 'words' ? {} : { pattern: String.raw`\s*\d*\.?\d*(?:[eE][+\-]?\d+)?\s*` })}
      value={value}
      failure={failure}
      onText={onText}
    />
  )
}

/** The keys of the config by what they are about, each with what it is where it is left empty. */
export function RecipeFields({ typed, write, failure }: FieldsProps) {
  return (
    <>
      {GROUPS.map((group) => {
        const fields = Object.entries(RECIPE).filter(([, field]) => field.group === group)
        const count = fields.filter(([name]) => (typed[name] ?? '') !== '').length
        return (
          <details key={group} class="card">
            <summary>
              {group}
              {count > 0 && <span class="muted"> {count} set</span>}
            </summary>
            <div class="fields">
              {fields.map(([name, field]) => (
                <One
                  key={name}
                  name={name}
                  field={field}
                  value={typed[name] ?? ''}
                  failure={failure}
                  onText={(text) => write({ ...typed, [name]: text })}
                />
              ))}
            </div>
          </details>
        )
      })}
    </>
  )
}
