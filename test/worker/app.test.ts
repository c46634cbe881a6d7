import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { DAY_SECONDS } from '../../shared/units.ts'
import { mountOf } from '../../worker/app.ts'
import { createDb } from '../../worker/db/client.ts'
import { accounts } from '../../worker/db/tables/accounts.ts'
import { configOf } from '../../worker/env.ts'
import { createServices } from '../../worker/wiring.ts'

const names = new Set(['v1', 'clara'])

describe('mountOf', () => {
  it.each([
    ['http://localhost/v1/models', 'v1'],
    ['http://localhost/v1', 'v1'],
    ['http://localhost/clara/api/jobs', 'clara'],
    ['http://clara.localhost:8787/api/jobs', 'clara'],
    ['https://clara.example.org/', 'clara'],
    ['https://clara.example.org/v1/models', 'clara'],
    ['http://localhost/', undefined],
    ['http://localhost/health', undefined],
    ['http://localhost/v1x/models', undefined],
    ['http://localhost/V1/models', undefined],
    ['http://localhost//v1//models', 'v1'],
    ['http://localhost/constructor', undefined],
    ['http://xclara.localhost/', undefined],
    ['http://clara.localhost/assets/redoc/redoc.standalone.js', undefined],
  ])('of %s is %s', (url, expected) => {
    expect(mountOf(new URL(url), names)).toBe(expected)
  })
})

describe('configOf', () => {
  const good = { ENVIRONMENT: 'production', JWT_SECRET: 'x'.repeat(32) }

  it('takes what is right, once', () => {
    expect(configOf(good)).toEqual({
      ...good,
      TOKEN_LIFETIME_SECONDS: DAY_SECONDS,
      CLERK_ALLOW_MISSING_PARTY: false,
      DNS_RESOLVER_URL: 'https://cloudflare-dns.com/dns-query',
      BRAVE_SEARCH_URL: 'https://api.search.brave.com/res/v1/web/search',
      GUIDED_BELOW_WEIGHTS: 1_000_000_000,
      MCP_ALLOWED_ORIGINS: [],
      TAVILY_URL: 'https://api.tavily.com/search',
      ADVISING_CURRENCY: 'EUR',
    })
    expect(configOf(good)).toBe(configOf(good))
  })

  it.each([
    ['no secret', { ENVIRONMENT: 'production' }, 'JWT_SECRET'],
    ['a short secret', { ...good, JWT_SECRET: 'too-short-to-be-a-secret' }, 'JWT_SECRET'],
    ['an unknown environment', { ...good, ENVIRONMENT: 'staging?' }, 'ENVIRONMENT'],
    ['a key that is none', { ...good, DEV_API_KEY: 'admin-of-this-machine' }, 'DEV_API_KEY'],
    ['nothing', {}, 'ENVIRONMENT, JWT_SECRET'],
  ])('names what is wrong with %s, and not its value', (_name, bad, expected) => {
    expect(() => configOf(bad)).toThrow(`Bad configuration: ${expected}`)
    for (const value of Object.values(bad)) {
      expect(() => configOf(bad)).not.toThrow(new RegExp(value.replace('?', '\\?')))
    }
  })
})

describe('outside of development', () => {
  it.each(['test', 'production'] as const)(
    'the development accounts do not exist (%s)',
    async (ENVIRONMENT) => {
      const config = { ...configOf(env), ENVIRONMENT, DEV_API_KEY: `sk-${'x'.repeat(43)}` }
      await createServices(env, config).prepare()
      expect(await createDb(env.DB).$count(accounts)).toBe(0)
      const response = await SELF.fetch('http://localhost/v1/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login: 'admin', password: 'administrator' }),
      })
      expect(response.status).toBe(401)
    },
  )
})

describe('a base URL that ends with a slash', () => {
  it.each([
    ['/v1//models', 401],
    ['//v1/models', 401],
    ['//rajora//api/models/list/', 401],
    ['//nothing', 404],
    ['//v1//nothing', 404],
    ['//assets//swagger-ui/swagger-ui.css', 200],
  ])('leads where it is meant to: %s', async (path, status) => {
    const response = await SELF.fetch(`http://localhost${path}`)
    expect(response.status).toBe(status)
    await response.arrayBuffer()
  })
})
