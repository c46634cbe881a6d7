import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { MAX_MODEL_NAME_LENGTH } from '../../shared/node.ts'
import { MAX_MESSAGE_LENGTH } from '../../worker/services/conversations/messages.ts'
import { MAX_MESSAGES, MAX_SESSION_ID_LENGTH } from '../../worker/surfaces/agentic/schemas.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, type TestNode, type World } from '../worker/world.ts'
import {
  type Call,
  contractClient,
  expiredToken,
  forgeries,
  newAccount,
  newAdmin,
  read,
  unreadableBodies,
} from './contract-client.ts'

const { call, raw } = contractClient('agentic')
const PATH = '/v1/chat/completions'
const model = uniqueModel()

let world: World
let node: TestNode
let ada: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
  ada = await newAccount()
})

const user = (content: string) => ({ role: 'user', content })
const system = (content: string) => ({ role: 'system', content })

const ask = (over: object = {}, { token = ada.token, ...rest }: Call = {}) =>
  call(PATH, { token, body: { model: model.id, messages: [user('Hello?')], ...over }, ...rest })

/** A chat's answer, and the node's part in it. */
async function answered(over: object = {}) {
  const [response] = await Promise.all([ask(over), node.answer(['Hi.'])])
  return read(response)
}

const issue = (loc: (string | number)[], msg: string, type: string) => ({ loc: ['body', ...loc], msg, type })
const ENUM = 'value is not a valid enumeration member; permitted: '

describe('a chat completion that is refused', () => {
  it('answers 400 to empty messages', async () => {
    expect(await read(await ask({ messages: [] }))).toEqual([
      400,
      { error: 'Bad Request', detail: 'Messages cannot be empty', status_code: 400 },
    ])
  })

  it('answers 400 where nothing is asked, which is no mistake of ours', async () => {
    const errors = vi.spyOn(console, 'error')
    expect(await read(await ask({ messages: [system('Be brief.')] }))).toMatchObject([
      400,
      { error: 'Bad Request', status_code: 400 },
    ])
    expect(errors).not.toHaveBeenCalled()
    errors.mockRestore()
  })

  it.each<[name: string, over: object, detail: object[]]>([
    ['no model', { model: undefined }, [issue(['model'], 'field required', 'value_error.missing')]],
    ['a model that is a number', { model: 7 }, [issue(['model'], 'str type expected', 'type_error.str')]],
    [
      'a model with too long a name',
      { model: 'x'.repeat(MAX_MODEL_NAME_LENGTH + 1) },
      [
        issue(
          ['model'],
          `ensure this value has at most ${MAX_MODEL_NAME_LENGTH} characters`,
          'value_error.any_str.max_length',
        ),
      ],
    ],
    ['no messages', { messages: undefined }, [issue(['messages'], 'field required', 'value_error.missing')]],
    [
      'messages that are text',
      { messages: 'Hello?' },
      [issue(['messages'], 'value is not a valid list', 'type_error.list')],
    ],
    [
      'too many messages',
      { messages: Array(MAX_MESSAGES + 1).fill(user('x')) },
      [
        issue(
          ['messages'],
          `ensure this value has at most ${MAX_MESSAGES} items`,
          'value_error.list.max_items',
        ),
      ],
    ],
    [
      'too long a message',
      { messages: [user('x'.repeat(MAX_MESSAGE_LENGTH + 1))] },
      [
        issue(
          ['messages', 0, 'content'],
          `ensure this value has at most ${MAX_MESSAGE_LENGTH} characters`,
          'value_error.any_str.max_length',
        ),
      ],
    ],
    [
      'an unknown role',
      { messages: [{ role: 'tool' }] },
      [
        issue(
          ['messages', 0, 'role'],
          `${ENUM}'system', 'developer', 'user', 'assistant'`,
          'type_error.enum',
        ),
      ],
    ],
    [
      'a temperature above 1',
      { temperature: 1.01 },
      [issue(['temperature'], 'ensure this value is less than or equal to 1', 'value_error.number.not_le')],
    ],
    [
      'a temperature below 0',
      { temperature: -0.1 },
      [
        issue(
          ['temperature'],
          'ensure this value is greater than or equal to 0',
          'value_error.number.not_ge',
        ),
      ],
    ],
    [
      'no tokens to answer with',
      { max_tokens: 0 },
      [issue(['max_tokens'], 'ensure this value is greater than or equal to 1', 'value_error.number.not_ge')],
    ],
    [
      'half a token',
      { max_tokens: 1.5 },
      [issue(['max_tokens'], 'value is not a valid integer', 'type_error.integer')],
    ],
    [
      'a stream that is text',
      { stream: 'yes' },
      [issue(['stream'], 'value could not be parsed to a boolean', 'type_error.bool')],
    ],
    [
      'an unknown agent',
      { agent_type: 'wizard' },
      [issue(['agent_type'], `${ENUM}'auto', 'react', 'plan_execute'`, 'type_error.enum')],
    ],
    [
      'a session without a name',
      { session_id: '' },
      [
        issue(
          ['session_id'],
          'ensure this value has at least 1 characters',
          'value_error.any_str.min_length',
        ),
      ],
    ],
    [
      'a session with too long a name',
      { session_id: 'x'.repeat(MAX_SESSION_ID_LENGTH + 1) },
      [
        issue(
          ['session_id'],
          `ensure this value has at most ${MAX_SESSION_ID_LENGTH} characters`,
          'value_error.any_str.max_length',
        ),
      ],
    ],
  ])('answers 422 to %s', async (_name, over, detail) => {
    expect(await read(await ask(over))).toEqual([422, { detail }])
  })

  it('takes as many messages as may be, and the longest', async () => {
    const messages = [...Array(MAX_MESSAGES - 1).fill(user('x')), user('€'.repeat(MAX_MESSAGE_LENGTH))]
    expect(await answered({ messages })).toMatchObject([200, { choices: [{ finish_reason: 'stop' }] }])
  })

  it('takes the longest name of a session', async () => {
    const session_id = crypto.randomUUID().padEnd(MAX_SESSION_ID_LENGTH, 'x')
    expect(await answered({ session_id })).toMatchObject([200, { x_session_id: session_id }])
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${ada.token}` }
    const response = await raw(PATH, { method: 'POST', ...init, headers })
    expect(await read(response)).toMatchObject([status, { detail: expect.any(String), status_code: status }])
  })

  it('answers 404 to a model that nobody holds', async () => {
    expect(await read(await ask({ model: 'nobody-holds-this' }))).toEqual([
      404,
      { error: 'Not Found', detail: expect.stringContaining('nobody-holds-this'), status_code: 404 },
    ])
  })

  it('answers 503 and when to come again while the model’s node is away', async () => {
    const away = uniqueModel()
    const leaving = await world.addNode({ models: [away.holding] })
    leaving.close()
    await leaving.closed
    const response = await ask({ model: away.id })
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await read(response)).toEqual([
      503,
      { error: 'Service Unavailable', detail: expect.any(String), status_code: 503 },
    ])
  })

  it('asks for a token', async () => {
    expect(await read(await call(PATH, { body: {} }))).toEqual([401, { detail: 'Not authenticated' }])
  })

  it.each(forgeries)('refuses %s', async (_name, forge) => {
    const token = await forge(ada.account.id)
    expect(await read(await ask({}, { token }))).toEqual([401, { detail: 'Could not validate credentials' }])
  })

  it('answers 403 to a token that has expired', async () => {
    const token = await expiredToken(ada.account.id)
    expect(await read(await ask({}, { token }))).toEqual([403, { detail: 'Token has expired' }])
  })
})

describe('a feature that is switched off', () => {
  const flag = async (flags: object) => (await newAdmin()).configure({ feature_flags: flags })
  afterEach(() => flag({ chat_enabled: true, streaming_enabled: true }))
  const refused = (detail: string) => [503, { error: 'Service Unavailable', detail, status_code: 503 }]

  it('is refused: chat', async () => {
    await flag({ chat_enabled: false })
    for (const stream of [false, true]) {
      expect(await read(await ask({ stream }))).toEqual(refused('Chat is switched off.'))
    }
  })

  it('is refused: streaming, and whole answers go on', async () => {
    await flag({ streaming_enabled: false })
    expect(await read(await ask({ stream: true }))).toEqual(
      refused('Streaming is switched off: ask for the whole answer.'),
    )
    expect(await answered()).toMatchObject([200, { choices: [{ message: { content: 'Hi.' } }] }])
  })
})
