import { useSignal } from '@preact/signals'
import type { z } from 'zod'
import type { AccountRequest, Account as AccountSchema } from '../../../surfaces/openai/schemas/account.ts'
import { Choice } from '../../kit/choice.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { useDraft } from '../../kit/draft.ts'
import { Field } from '../../kit/field.tsx'
import { useOnce } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.tsx'
import { askJson } from '../../session/api.ts'

export type Account = z.infer<typeof AccountSchema>
type Asked = z.infer<typeof AccountRequest>
type Role = Asked['roles'][number]

/** The roles, with whom each is for. */
const ROLES: Readonly<Record<Role, string>> = {
  admin: 'Administers the deployment',
  trainer: 'Starts trainings and makes datasets at Clara',
  analyst: 'Makes datasets at Clara',
  viewer: 'Sees the trainings and datasets of Clara',
}

const PLANS: readonly (readonly [Account['plan'], string])[] = [
  ['free', 'free'],
  ['pro', 'pro'],
  ['enterprise', 'enterprise'],
]

/** An account as a person says it. */
export const nameOf = ({ username, email, name, number }: Account) =>
  username ?? email ?? name ?? `account ${number}`

function Roles({ chosen, onChoose }: { chosen: readonly string[]; onChoose: (roles: string[]) => void }) {
  return (
    <fieldset>
      <legend>Roles</legend>
      {Object.entries(ROLES).map(([role, words]) => (
        <label key={role} class="choice">
          <input
            type="checkbox"
            checked={chosen.includes(role)}
            onChange={({ currentTarget: { checked } }) =>
              onChoose(checked ? [...chosen, role] : chosen.filter((other) => other !== role))
            }
          />
          <span>
            {words} <code class="muted">{role}</code>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

interface FormProps {
  onDone: (account: Account) => void
  onClose: () => void
}

const EMPTY = { username: '', email: '', name: '', roles: [] as string[] }

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())

/** Makes an account. Its password is told to whom it is for by whoever makes it, and changed by them. */
export function NewAccount({ onDone, onClose }: FormProps) {
  const { values, write, clear } = useDraft('account.new', EMPTY)
  const password = useSignal('')
  const { isBusy, failure, run } = useOnce()
  const { username, email, name, roles } = values.value
  const send = () =>
    run(async () => {
      const [words, own] = [{ username, email, name }, password.peek()]
      const given = Object.entries(words).map(([key, text]) => [key, orNull(text)])
      const body = { ...Object.fromEntries(given), roles, password: own }
      onDone(await askJson<Account>('/v1/accounts', { body }))
      clear()
    })
  const field = (key: 'username' | 'email' | 'name', label: string, hint?: string) => (
    <Field
      label={label}
      name={key}
      autocomplete="off"
      value={values.value[key]}
      failure={failure}
      {...(hint && { hint })}
      onText={(text) => write({ [key]: text })}
    />
  )
  return (
    <Dialog title="A new account" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {field('username', 'Username', 'One of username and email is needed: either signs in.')}
        {field('email', 'Email')}
        {field('name', 'Name')}
        <Field
          label="Password"
          name="password"
          type="password"
          autocomplete="new-password"
          required
          minLength={8}
          hint="Eight characters or more. They can change it."
          value={password.value}
          failure={failure}
          onText={(text) => {
            password.value = text
          }}
        />
        <Roles chosen={roles} onChoose={(chosen) => write({ roles: chosen })} />
        <Problem failure={failure} />
        <footer>
          <button type="submit" disabled={isBusy || (username.trim() === '' && email.trim() === '')}>
            Make the account
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

/** Changes the plan and the roles of an account. */
export function ChangeAccount({ account, onDone, onClose }: FormProps & { account: Account }) {
  const plan = useSignal(account.plan)
  const roles = useSignal<readonly string[]>(account.roles)
  const { isBusy, failure, run } = useOnce()
  const send = () =>
    run(async () => {
      const body = { plan: plan.peek(), roles: roles.peek() }
      onDone(await askJson<Account>(`/v1/accounts/${account.id}`, { method: 'PATCH', body }))
    })
  return (
    <Dialog title={`Change ${nameOf(account)}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Choice
          label="Plan"
          value={plan.value}
          options={PLANS}
          onChoose={(chosen) => {
            plan.value = chosen
          }}
        />
        <Roles
          chosen={roles.value}
          onChoose={(chosen) => {
            roles.value = chosen
          }}
        />
        <Problem failure={failure} />
        <footer>
          <button type="submit" disabled={isBusy}>
            Change it
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
