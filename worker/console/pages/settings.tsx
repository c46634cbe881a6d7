import { type Signal, useSignal } from '@preact/signals'
import type { Config } from '../../surfaces/rajora/schemas.ts'
import { announce } from '../kit/announce.tsx'
import { Field } from '../kit/field.tsx'
import { useLoaded } from '../kit/load.ts'
import { Loading } from '../kit/loading.tsx'
import { useOnce } from '../kit/once.ts'
import { Problem } from '../kit/problem.tsx'
import { ask, askJson } from '../session/api.ts'
import { Page } from '../shell/page.tsx'

/** The switches are a route of one of the contracts; what they do holds for all of them. */
const PATH = '/rajora/api/admin/config'

type Limits = Omit<Config['rate_limits'], 'tiers'> & Omit<Config['storage_limits'], 'tiers'>

const LIMITS: readonly (readonly [name: keyof Limits, words: string])[] = [
  ['requests_per_minute', 'Requests a minute'],
  ['tokens_per_day', 'Tokens a day'],
  ['bytes', 'Bytes stored'],
  ['files', 'Files stored'],
]
const PLANS = ['every plan', 'free', 'pro', 'enterprise'] as const
type Plan = (typeof PLANS)[number]

const isRate = (name: keyof Limits) => name === 'requests_per_minute' || name === 'tokens_per_day'

/** The limits of a plan, as they are kept in two groups. */
function groupOf(config: Config, name: keyof Limits, plan: Plan): Partial<Limits> {
  const group = isRate(name) ? config.rate_limits : config.storage_limits
  return plan === 'every plan' ? group : group.tiers[plan]
}

function withLimit(config: Config, plan: Plan, name: keyof Limits, text: string): Config {
  const changed = structuredClone(config)
  groupOf(changed, name, plan)[name] = text.trim() === '' ? null : Number(text)
  return changed
}

/** Prices as lines of `model=price`. */
const linesOf = (prices: Config['cost_per_1k_tokens']): string =>
  Object.entries(prices)
    .map(([model, price]) => `${model}=${price}`)
    .join('\n')

/** The prices that the lines say; null for those that are no more. */
function pricesOf(lines: string, before: Config['cost_per_1k_tokens']): Record<string, number | null> {
  const written = lines
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line): [string, number] => {
      const at = line.lastIndexOf('=')
      return [line.slice(0, at).trim(), Number(line.slice(at + 1))]
    })
  const gone = Object.keys(before).map((model): [string, null] => [model, null])
  return Object.fromEntries([...gone, ...written])
}

function Switches({ config }: { config: Signal<Config> }) {
  const flags = config.value.feature_flags
  const turn = (change: Partial<Config>) => {
    config.value = { ...config.value, ...change }
  }
  const switches = [
    [
      'Chats are answered',
      flags.chat_enabled,
      (on: boolean) => turn({ feature_flags: { ...flags, chat_enabled: on } }),
    ],
    [
      'Answers may be streamed',
      flags.streaming_enabled,
      (on: boolean) => turn({ feature_flags: { ...flags, streaming_enabled: on } }),
    ],
    [
      'Maintenance: administrators alone are let in',
      config.value.maintenance_mode,
      (on: boolean) => turn({ maintenance_mode: on }),
    ],
  ] as const
  return (
    <fieldset>
      <legend>Switches</legend>
      {switches.map(([words, isOn, set]) => (
        <label key={words} class="choice">
          <input type="checkbox" checked={isOn} onChange={(event) => set(event.currentTarget.checked)} />
          {words}
        </label>
      ))}
    </fieldset>
  )
}

function PlanLimits({ config }: { config: Signal<Config> }) {
  return (
    <>
      {PLANS.map((plan) => (
        <fieldset key={plan} class="columns">
          <legend>Limits of {plan}</legend>
          {LIMITS.map(([name, words]) => (
            <Field
              key={name}
              label={words}
              pattern="[0-9]*"
              value={String(groupOf(config.value, name, plan)[name] ?? '')}
              onText={(text) => {
                config.value = withLimit(config.value, plan, name, text)
              }}
            />
          ))}
        </fieldset>
      ))}
    </>
  )
}

function SettingsForm({ loaded, onSaved }: { loaded: Config; onSaved: () => Promise<void> }) {
  const config = useSignal(loaded)
  const prices = useSignal(linesOf(loaded.cost_per_1k_tokens))
  const { isBusy, failure, run } = useOnce()
  const save = () =>
    run(async () => {
      const cost_per_1k_tokens = pricesOf(prices.peek(), loaded.cost_per_1k_tokens)
      await ask(PATH, { body: { ...config.peek(), cost_per_1k_tokens } })
      announce('The settings are saved.')
      await onSaved()
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Switches config={config} />
      <Field
        label="Model of requests that name none"
        hint="Empty: the deployment chooses."
        value={config.value.default_model ?? ''}
        onText={(text) => {
          config.value = { ...config.value, default_model: text === '' ? null : text }
        }}
      />
      <p class="muted">An empty limit is as documented; that of a plan comes before that of every plan.</p>
      <PlanLimits config={config} />
      <label class="field">
        Prices of a thousand tokens, a line each: model=price
        <textarea
          rows={4}
          value={prices.value}
          onInput={(event) => {
            prices.value = event.currentTarget.value
          }}
        />
      </label>
      <Problem failure={failure} />
      <footer>
        <button type="submit" disabled={isBusy}>
          {isBusy ? 'Saving…' : 'Save'}
        </button>
      </footer>
    </form>
  )
}

/** The switches of the deployment, in force within a second. */
export function SettingsPage() {
  const settings = useLoaded((signal) => askJson<Config>(PATH, { signal }))
  return (
    <Page title="Settings">
      <Loading of={settings}>
        {(config) => <SettingsForm key={JSON.stringify(config)} loaded={config} onSaved={settings.again} />}
      </Loading>
    </Page>
  )
}
