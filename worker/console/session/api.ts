import { bodyOf, failureOf } from './failure.ts'
import { freshToken } from './session.ts'

/** More of a request than its path. */
export interface Ask {
  method?: string
  /** Sent as JSON. */
  body?: object
  /** Sent as it is. */
  form?: FormData
  headers?: Record<string, string>
  signal?: AbortSignal
}

const requestOf = ({ method, body, form, headers, signal }: Ask, token: string): RequestInit => ({
  method: method ?? (body || form ? 'POST' : 'GET'),
  headers: {
    authorization: `Bearer ${token}`,
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...headers,
  },
  ...(body ? { body: JSON.stringify(body) } : form ? { body: form } : {}),
  ...(signal ? { signal } : {}),
})

/** Asks the edge as the one who is signed in; a token that has ended meanwhile is renewed and the request sent again. Throws a `Failure`. */
export async function ask(path: string, options: Ask = {}): Promise<Response> {
  const token = await freshToken()
  let response = await fetch(path, requestOf(options, token))
  if (response.status === 401) response = await fetch(path, requestOf(options, await freshToken(token)))
  if (!response.ok) throw await failureOf(response)
  return response
}

/** The same, for a body that is JSON. The type is the caller's word for what the route's schema promises. */
export const askJson = async <Body>(path: string, options?: Ask): Promise<Body> =>
  await bodyOf(await ask(path, options))
