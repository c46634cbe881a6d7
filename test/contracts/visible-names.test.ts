import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../worker/world.ts'
import { newAccount, PASSWORD, requestInit, unique } from './contract-client.ts'

type Teller = 'nobody' | 'ada' | 'admin'

let tokens: Record<Teller, string | undefined>
let adminKey = ''
let chatId = ''
beforeAll(async () => {
  adminKey = (await createWorld()).adminKey
  const ada = await newAccount()
  tokens = { nobody: undefined, ada: ada.token, admin: adminKey }
  const made = await send('POST', '/dualquery/api/chats', 'ada', { title: 'a chat' })
  chatId = ((await made.json()) as { _id: string })._id
})

const send = (method: string, path: string, as: Teller, body: unknown) => {
  const token = tokens[as]
  const init = { method, body, ...(token === undefined ? {} : { token }) }
  return SELF.fetch(`http://localhost${path}`, requestInit(init))
}

const email = () => `${unique('name')}@example.org`
const ID = '507f1f77bcf86cd799439011'
const UUID = '507f1f77-bcf8-8cd7-9943-901100000000'

/** Every field in which somebody calls something by a name, in a body that is right but for that name. */
const FIELDS: [method: string, path: string, field: string, as: Teller, bodyOf: (name: string) => object][] =
  [
    ['POST', '/v1/keys', 'name', 'admin', (name) => ({ name })],
    [
      'POST',
      '/v1/accounts',
      'name',
      'admin',
      (name) => ({ username: unique('u'), password: PASSWORD, name }),
    ],
    ['POST', '/v1/accounts', 'username', 'admin', (name) => ({ username: name, password: PASSWORD })],
    [
      'POST',
      '/v1/accounts',
      'email',
      'admin',
      (name) => ({ email: `${name}@example.org`, password: PASSWORD }),
    ],
    ['POST', '/v1/nodes/join-tokens', 'name', 'admin', (name) => ({ name })],
    ['POST', '/nodes/join', 'name', 'nobody', (name) => ({ token: 'x', name })],
    [
      'POST',
      '/rajora/api/auth/register',
      'full_name',
      'nobody',
      (name) => ({ email: email(), username: unique('u'), password: PASSWORD, full_name: name }),
    ],
    [
      'POST',
      '/rajora/api/auth/register',
      'email',
      'nobody',
      (name) => ({ email: `${name}@example.org`, username: unique('u'), password: PASSWORD }),
    ],
    [
      'POST',
      '/dualquery/api/auth/register',
      'name',
      'nobody',
      (name) => ({ email: email(), password: PASSWORD, name }),
    ],
    ['POST', '/dualquery/api/chats', 'title', 'ada', (name) => ({ title: name })],
    ['PATCH', '/dualquery/api/chats/{chat}', 'title', 'ada', (name) => ({ title: name })],
    ['POST', '/dualquery/api/apikeys', 'name', 'ada', (name) => ({ model_id: ID, name })],
    ['POST', '/dualquery/api/models', 'name', 'ada', (name) => ({ name, base_model: 'b', version: '1' })],
    [
      'POST',
      '/dualquery/api/models',
      'base_model',
      'ada',
      (name) => ({ name: 'n', base_model: name, version: '1' }),
    ],
    [
      'POST',
      '/sira/api/users/sync',
      'first_name',
      'ada',
      (name) => ({ clerk_user_id: 'x', email: email(), first_name: name }),
    ],
    [
      'POST',
      '/sira/api/users/sync',
      'last_name',
      'ada',
      (name) => ({ clerk_user_id: 'x', email: email(), last_name: name }),
    ],
    ['POST', '/sira/api/profiles', 'profile_name', 'ada', (name) => ({ profile_name: name })],
    ['POST', '/sira/api/conversations', 'title', 'ada', (name) => ({ profile_id: UUID, title: name })],
  ]

const HIDDEN: [name: string, character: string][] = [
  ['NUL', '\u0000'],
  ['a bell', '\u0007'],
  ['a line end', '\n'],
  ['an escape', '\u001b'],
  ['DEL', '\u007f'],
  ['a control character of C1', '\u009b'],
  ['a bidirectional embedding', '\u202a'],
  ['a bidirectional override', '\u202e'],
  ['a bidirectional isolate', '\u2066'],
  ['the end of an isolate', '\u2069'],
]

describe('a name that people see', () => {
  it.each(FIELDS)(
    '%s %s: is refused in `%s` with what nobody sees in it',
    async (method, route, field, as, bodyOf) => {
      const path = route.replace('{chat}', chatId)
      for (const [name, character] of HIDDEN) {
        const response = await send(method, path, as, bodyOf(`a${character}b`))
        expect([400, 422], `${name}: ${response.status}`).toContain(response.status)
        expect(await response.text(), name).toContain(field)
      }
    },
  )

  const UNSEEN = ['\u200b', '\u3164', '\u00ad\u2060', '\u2800', ' \u200f ']
  it.each(FIELDS.filter(([, , field]) => field !== 'email'))(
    '%s %s: is refused in `%s` when there is nothing to see in it',
    async (method, route, field, as, bodyOf) => {
      const path = route.replace('{chat}', chatId)
      for (const name of UNSEEN) {
        const response = await send(method, path, as, bodyOf(name))
        expect([400, 422], `${JSON.stringify(name)}: ${response.status}`).toContain(response.status)
        expect(await response.text(), JSON.stringify(name)).toContain(field)
      }
    },
  )

  it('may have marks of direction, joiners and letters of any script', async () => {
    for (const name of ['a\u200eb', 'مرحبا\u200f', 'क्\u200dष', '漢字 🏳️‍🌈', 'Ünï']) {
      expect((await send('POST', '/v1/keys', 'admin', { name })).status, name).toBe(201)
      const chat = await send('POST', '/dualquery/api/chats', 'ada', { title: name })
      expect(await chat.json()).toMatchObject({ title: name })
    }
  })

  it('loses the white space around it', async () => {
    const chat = await send('POST', '/dualquery/api/chats', 'ada', { title: '\n\t mine \n' })
    expect(await chat.json()).toMatchObject({ title: 'mine' })
  })
})

describe('what a message says', () => {
  it('is no name: it is kept as it came, with what nobody sees in it', async () => {
    const content = 'a\u0000b\u0007\u202ec\u2066\n\t'
    const sent = await send('POST', '/dualquery/api/messages', 'ada', {
      chat_id: chatId,
      role: 'user',
      content,
    })
    expect(sent.status).toBe(201)
    expect(await sent.json()).toMatchObject({ content })
    const list = await SELF.fetch(
      `http://localhost/dualquery/api/messages/chat/${chatId}`,
      requestInit({ token: tokens.ada ?? '' }),
    )
    expect(await list.json()).toMatchObject([{ content }])
  })
})
