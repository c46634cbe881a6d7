import { useSignal } from '@preact/signals'
import { Field } from '../kit/field.tsx'
import { Problem } from '../kit/problem.tsx'
import { obstacle, resume, signIn } from './session.ts'

/** The form of a name and a password, or of an API key. */
export function SignInForm() {
  const isByKey = useSignal(false)
  const [login, password, apiKey] = [useSignal(''), useSignal(''), useSignal('')]
  const isBusy = useSignal(false)
  const failure = useSignal<unknown>(undefined)
  const send = async (event: Event) => {
    event.preventDefault()
    if (isBusy.peek()) return
    isBusy.value = true
    failure.value = undefined
    try {
      await signIn(
        isByKey.peek() ? { api_key: apiKey.peek() } : { login: login.peek(), password: password.peek() },
      )
    } catch (thrown) {
      failure.value = thrown
    }
    isBusy.value = false
  }
  return (
    <form class="sign-in" onSubmit={(event) => void send(event)}>
      {isByKey.value ? (
        <Field
          label="API key"
          name="api_key"
          type="password"
          autocomplete="off"
          required
          value={apiKey.value}
          onText={(text) => {
            apiKey.value = text
          }}
        />
      ) : (
        <>
          <Field
            label="Username or email"
            name="login"
            autocomplete="username"
            required
            value={login.value}
            onText={(text) => {
              login.value = text
            }}
          />
          <Field
            label="Password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password.value}
            onText={(text) => {
              password.value = text
            }}
          />
        </>
      )}
      <Problem failure={failure.value} />
      <footer>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            isByKey.value = !isByKey.value
          }}
        >
          {isByKey.value ? 'Use a password' : 'Use an API key'}
        </button>
        <button type="submit" disabled={isBusy.value}>
          {isBusy.value ? 'Signing in…' : 'Sign in'}
        </button>
      </footer>
    </form>
  )
}

/** The page of whoever is not signed in. */
export const SignInPage = () => (
  <main class="gate">
    <h1>Switchyard</h1>
    <Problem failure={obstacle.value} again={() => void resume()} />
    <SignInForm />
  </main>
)
