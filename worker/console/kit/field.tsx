import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Failure } from '../session/failure.ts'

interface FieldProps {
  label: string
  hint?: ComponentChildren
  value: string
  onText: (text: string) => void
  name?: string
  type?: 'text' | 'password' | 'url'
  autocomplete?: 'off' | 'username' | 'current-password' | 'new-password'
  required?: boolean
  minLength?: number
  maxLength?: number
  pattern?: string
  /** The failure of the last try: shown beside the field that it names. */
  failure?: unknown
  /** The field's name in the edge's words, where that is not `name`. */
  param?: string
}

/** A labelled input, with the edge's complaint about it beneath. */
export function Field({ label, hint, onText, failure, param, type = 'text', ...input }: FieldProps) {
  const id = useId()
  const isMine =
    failure instanceof Failure && failure.param !== undefined && failure.param === (param ?? input.name)
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        type={type as 'text'} // the typings have a form for each type; these three take the same attributes
        id={id}
        aria-invalid={isMine}
        aria-describedby={hint || isMine ? `${id}-hint` : undefined}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {(hint || isMine) && (
        <small id={`${id}-hint`} class={isMine ? 'wrong' : undefined}>
          {isMine ? failure.message : hint}
        </small>
      )}
    </div>
  )
}
