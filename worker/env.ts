import { z } from 'zod'
import { DAY_SECONDS } from '../shared/units.ts'
import { hasRate } from './services/advising/catalogue/money.ts'
import { DECIDING_WEIGHTS } from './services/agents/model-sizes.ts'

/** A secret that signs with HS256 is at least as long as the hash: RFC 7518 §3.2. */
const SigningSecret = z.string().min(32)

/** How the error of a bad configuration begins; the names follow. `npm start` looks for it. */
export const BAD_CONFIGURATION = 'Bad configuration: '

const Config = z
  .object({
    ENVIRONMENT: z.enum(['development', 'test', 'production']),
    /** Signs the access tokens. */
    JWT_SECRET: SigningSecret,
    /** The secret before it: its tokens are still taken, none is signed with it. */
    JWT_SECRET_PREVIOUS: SigningSecret.optional(),
    /** How long an access token lives. */
    TOKEN_LIFETIME_SECONDS: z.coerce
      .number()
      .int()
      .min(60)
      .max(90 * DAY_SECONDS)
      .default(DAY_SECONDS),
    /** How much Clara asks of its callers; unset it is `development` on a development machine and `production` elsewhere. */
    CLARA_SECURITY_MODE: z.enum(['development', 'jwt_optional', 'jwt_required', 'production']).optional(),
    /** Who signs Clerk's tokens; where its public keys are follows from it, unless it is set. */
    CLERK_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
    CLERK_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
    /** Which front ends (`azp`, comma-separated) may use the tokens, and whether one that names none may, too. */
    CLERK_AUTHORIZED_PARTIES: z
      .string()
      .transform((list) => list.split(',').map((party) => party.trim()))
      .optional(),
    CLERK_ALLOW_MISSING_PARTY: z.stringbool().default(false),
    /** Where names of webhooks' hosts are looked up: DNS over HTTPS in its JSON form. */
    DNS_RESOLVER_URL: z.url({ protocol: /^https$/ }).default('https://cloudflare-dns.com/dns-query'),
    /** Who searches the web for agents; with none of them they do without. A SearXNG server must answer in JSON. */
    SEARXNG_URL: z.url({ protocol: /^https?$/ }).optional(),
    BRAVE_SEARCH_API_KEY: z.string().min(1).optional(),
    BRAVE_SEARCH_URL: z
      .url({ protocol: /^https?$/ })
      .default('https://api.search.brave.com/res/v1/web/search'),
    TAVILY_API_KEY: z.string().min(1).optional(),
    TAVILY_URL: z.url({ protocol: /^https?$/ }).default('https://api.tavily.com/search'),
    /** Pages (`https://…`, comma-separated) that may call `/mcp` besides those of the edge itself. */
    MCP_ALLOWED_ORIGINS: z
      .string()
      .default('')
      .transform((list) =>
        list
          .split(',')
          .map((origin) => origin.trim())
          .filter((origin) => origin !== ''),
      ),
    /** Models of fewer weights are guided by rules where they are to use tools; the others decide for themselves. */
    GUIDED_BELOW_WEIGHTS: z.coerce.number().int().min(0).default(DECIDING_WEIGHTS),
    /** The currency of the budgets that students give; no contract names one. */
    ADVISING_CURRENCY: z.string().refine(hasRate).default('EUR'),
    /** The administrator's key of a development machine; ignored outside development. */
    DEV_API_KEY: z.string().startsWith('sk-').min(40).optional(),
  })
  // Keys without an issuer would let anyone's Clerk application in.
  .refine((config) => !config.CLERK_JWKS_URL || config.CLERK_ISSUER, { path: ['CLERK_ISSUER'] })
export type Config = z.infer<typeof Config>

const parsed = new WeakMap<object, Config>()

/** Checks vars and secrets once per isolate; names every one that is wrong, never its value. */
export function configOf(env: object): Config {
  const known = parsed.get(env)
  if (known) return known
  const result = Config.safeParse(env)
  if (!result.success) {
    const names = result.error.issues.map((issue) => issue.path.join('.'))
    throw new Error(`${BAD_CONFIGURATION}${names.join(', ')}`)
  }
  parsed.set(env, result.data)
  return result.data
}
