import { z } from 'zod'

const Config = z.object({
  ENVIRONMENT: z.enum(['development', 'test', 'production']),
  /** Signs the access tokens (HS256): at least as long as the hash, RFC 7518 §3.2. */
  JWT_SECRET: z.string().min(32),
  /** The administrator's key of a development machine; ignored outside development. */
  DEV_API_KEY: z.string().startsWith('sk-').min(40).optional(),
})
export type Config = z.infer<typeof Config>

const parsed = new WeakMap<object, Config>()

/** Checks vars and secrets once per isolate; names every one that is wrong, never its value. */
export function configOf(env: object): Config {
  const known = parsed.get(env)
  if (known) return known
  const result = Config.safeParse(env)
  if (!result.success) {
    const names = result.error.issues.map((issue) => issue.path.join('.'))
    throw new Error(`Bad configuration: ${names.join(', ')}`)
  }
  parsed.set(env, result.data)
  return result.data
}
