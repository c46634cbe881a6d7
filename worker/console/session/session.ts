import { computed, signal } from '@preact/signals'
import type { z } from 'zod'
import type { OpenSession } from '../../surfaces/openai/schemas/session.ts'
import { bodyOf, Failure, failureOf } from './failure.ts'

/** A signed-in browser. */
export type Session = z.infer<typeof OpenSession>

/** How the page stands with the edge. `unknown` until the cookie was tried; `expired` lays a dialog over what is there. */
export type Standing = 'unknown' | 'out' | 'in' | 'expired'

const SESSION_PATH = '/v1/session'

/** A token is renewed when it has no longer than this to live, so that none ends on its way. */
const RENEW_BEFORE_MS = 30_000

export const standing = signal<Standing>('unknown')
export const session = signal<Session | undefined>(undefined)

/** Why it is not known whether somebody is signed in: the cookie could not be tried. */
export const obstacle = signal<unknown>(undefined)

export const account = computed(() => session.value?.account)

/** Whether the session may do what an administrator may: by its role, and by its key if a key opened it. */
export const isAdministrator = computed(() => {
  const now = session.value
  return now?.account.roles.includes('admin') === true && (now.scopes?.includes('admin') ?? true)
})

let token: { text: string; endsAt: number } | undefined
let renewing: Promise<void> | undefined
/** Those who wait for somebody to sign in again. */
const waiting: (() => void)[] = []

function begin(opened: Session): void {
  const isSomebodyElse = session.peek() && session.peek()?.account.id !== opened.account.id
  // The pages hold what the one before saw.
  if (isSomebodyElse) {
    location.reload()
    return
  }
  token = { text: opened.access_token, endsAt: Date.now() + opened.expires_in * 1_000 }
  session.value = opened
  standing.value = 'in'
  for (const go of waiting.splice(0)) go()
}

async function post(path: string, body?: object): Promise<Session> {
  const response = await fetch(path, {
    method: 'POST',
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  })
  if (!response.ok) throw await failureOf(response)
  return await bodyOf(response)
}

/** Signs in. Throws a `Failure` that says why not. */
export async function signIn(
  by: { login: string; password: string } | { api_key: string } | { code: string },
): Promise<void> {
  begin(await post(SESSION_PATH, by))
}

/** Signs out, here and, by the storage's event, in the other tabs. Throws where the edge has not ended the session. */
export async function signOut(): Promise<void> {
  const response = await fetch(SESSION_PATH, { method: 'DELETE' })
  if (!response.ok) throw await failureOf(response)
  localStorage.setItem('switchyard.signed-out-at', String(Date.now()))
  location.reload()
}

/** Whether the edge says that there is no session, and not that it has none to say. */
const isOver = (failure: unknown): boolean => failure instanceof Failure && failure.status === 401

/** Tries the cookie. */
export async function resume(): Promise<void> {
  try {
    begin(await post(`${SESSION_PATH}/renew`))
    obstacle.value = undefined
  } catch (failure) {
    obstacle.value = isOver(failure) ? undefined : failure
    standing.value = 'out'
  }
}

async function renew(): Promise<void> {
  try {
    begin(await post(`${SESSION_PATH}/renew`))
  } catch (failure) {
    if (!isOver(failure)) throw failure
    standing.value = 'expired'
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
}

/**
 * A token that is good at this moment. Waits, while a dialog asks, where the session is over: whoever called goes on afterwards as if
 * nothing had been. `refused` is one that the edge has just refused.
 */
export async function freshToken(refused?: string): Promise<string> {
  const isGood = token && token.text !== refused && token.endsAt - Date.now() > RENEW_BEFORE_MS
  if (!isGood) {
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
    await renewing
  }
  if (!token) throw new Error('Nobody is signed in.')
  return token.text
}

addEventListener('storage', ({ key }) => {
  if (key === 'switchyard.signed-out-at') location.reload()
})
