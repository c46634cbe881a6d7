import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { configOf } from '../../../../../worker/env.ts'
import type { ToolContext } from '../../../../../worker/services/agent-tools/tool.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { contextOf } from '../samples.ts'

/** The services as the edge has them. */
export const services = createServices(env, configOf(env))
const { toolbox } = services

async function send(path: string, token: string, name: string, text: string): Promise<void> {
  const form = new FormData()
  form.append('purpose', 'user_data')
  form.append('file', new File([text], name))
  const headers = { authorization: `Bearer ${token}` }
  const response = await SELF.fetch(`http://localhost${path}`, { method: 'POST', headers, body: form })
  expect(response.ok).toBe(true)
  await response.body?.cancel()
}

/** Somebody who has files, and whose runs call tools. */
export async function newOwner() {
  const { token, account } = await newAccount()
  const accountId = account.id
  const call = (name: string, args: unknown, known: Partial<ToolContext> = {}) =>
    toolbox.call(name, args, contextOf({ accountId, ...known }))
  return {
    token,
    accountId,
    addDocument: (name: string, text: string) => send('/v1/files', token, name, text),
    addDataset: (name: string, csv: string) => send('/dualquery/api/datasets/upload', token, name, csv),
    call,
    /** The whole result of a call that did its work. */
    async result(name: string, args: unknown, known: Partial<ToolContext> = {}) {
      const answer = await call(name, args, known)
      if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`)
      return answer.outcome
    },
    /** Why a tool cannot be had; undefined where it can. */
    async whyNot(name: string, known: Partial<ToolContext> = {}) {
      const { missing } = await toolbox.survey(contextOf({ accountId, ...known }))
      return missing.find((tool) => tool.name === name)?.reason
    },
  }
}

/** Whether a tool takes arguments, whatever it would make of them. */
export async function takes(name: string, args: unknown): Promise<boolean> {
  const { call } = await newOwner()
  const answer = await call(name, args)
  return answer.ok || answer.code !== 'bad_arguments'
}
