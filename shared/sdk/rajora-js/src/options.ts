/** Settings of a client. */
export interface ClientOptions {
  /** A `raj_` key; without one and without a token, `RAJORA_API_KEY`. */
  apiKey?: string | undefined
  /** An access token, in place of a key. */
  token?: string | undefined
  /** Where Rajora's API is mounted, e.g. `https://edge.example/rajora`; without it, `RAJORA_BASE_URL`. */
  baseURL?: string | undefined
  /** Milliseconds without a word of the server, after which a call fails: 600,000 unless given. */
  timeout?: number | undefined
  /** How often a call is tried again: twice unless given. */
  maxRetries?: number | undefined
  /** In place of the global `fetch`. */
  fetch?: typeof fetch | undefined
  /** In place of the global `WebSocket`, which Node has from 22 on. */
  WebSocket?: (new (url: string) => WebSocket) | undefined
}

/** A client's settings, checked. */
export interface Settings {
  apiKey: string | undefined
  token: string | undefined
  /** Without a slash at its end. */
  baseURL: string
  timeoutMs: number
  maxRetries: number
  fetch: typeof fetch
  WebSocket: (new (url: string) => WebSocket) | undefined
}

/** A variable of the environment, where there is one: browsers have none. */
function variable(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  return process?.env?.[name] || undefined
}

/** Says what is wrong with a credential without repeating it: a header takes visible ASCII alone. */
function checkCredential(name: string, value: string | undefined): void {
  if (value !== undefined && !/^[\x21-\x7e]+$/.test(value))
    throw new TypeError(`'${name}' must be one word of ASCII characters.`)
}

function baseOf(given: string | undefined): string {
  if (!given) throw new TypeError("Set 'baseURL' or RAJORA_BASE_URL to where the API is mounted.")
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new TypeError("'baseURL' must be an http or https address without credentials, query and fragment.")
  return url.href.replace(/\/+$/, '')
}

function count(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value
  throw new TypeError(`'${name}' must be a number of at least ${least}.`)
}

/** Throws a `TypeError` that names the setting for one that cannot work. */
export function settingsOf(options: ClientOptions): Settings {
  const { token, timeout = 600_000, maxRetries = 2, WebSocket: socket = globalThis.WebSocket } = options
  const apiKey = options.apiKey ?? (token === undefined ? variable('RAJORA_API_KEY') : undefined)
  checkCredential('apiKey', apiKey)
  checkCredential('token', token)
  return {
    apiKey,
    token,
    baseURL: baseOf(options.baseURL ?? variable('RAJORA_BASE_URL')),
    timeoutMs: count('timeout', timeout, 1),
    maxRetries: count('maxRetries', maxRetries, 0),
    // Called as a function of nobody: a browser's `fetch` refuses another `this`.
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    WebSocket: socket,
  }
}
