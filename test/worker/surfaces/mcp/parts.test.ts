import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { jsonRpcError } from '../../../../worker/surfaces/mcp/errors.ts'
import { MAX_DOCUMENT_CHARACTERS, MAX_SHOWN_CHARACTERS } from '../../../../worker/surfaces/mcp/limits.ts'
import { checkOrigin } from '../../../../worker/surfaces/mcp/origin.ts'
import { readResource } from '../../../../worker/surfaces/mcp/resources.ts'
import { callTool } from '../../../../worker/surfaces/mcp/tools.ts'

const ID = '6921b2a00123456789abcdef'

describe('the origin of a page', () => {
  const from = (
    origin: string | null,
    rules: { isDevelopment?: boolean; allowedOrigins?: string[] } = {},
    url = 'https://edge.example/mcp',
  ) =>
    checkOrigin(
      { url, headers: new Headers(origin === null ? {} : { origin }) },
      { isDevelopment: false, allowedOrigins: [], ...rules },
    )

  it('may be the edge’s own, one that is allowed, or none', () => {
    from(null)
    from('https://edge.example')
    from('https://inspector.example', { allowedOrigins: ['https://inspector.example'] })
    expect(() => from('http://edge.example')).toThrow(AppError)
    expect(() => from('https://evil.example')).toThrow(AppError)
  })

  it('is one of this machine in development: a name that was led here is not', () => {
    from('http://localhost:6274', { isDevelopment: true }, 'http://localhost:8787/mcp')
    expect(() =>
      from('http://evil.example:8787', { isDevelopment: true }, 'http://evil.example:8787/mcp'),
    ).toThrow(AppError)
  })
})

describe('what is long', () => {
  it('is a document shown up to its limit, and says that it goes on past it', async () => {
    const read = async (characters: number) => {
      const document = { id: ID, state: 'ready' }
      const documents = {
        get: async () => document,
        text: async (_account: string, _id: string, stretch: { characters: number }) =>
          'x'.repeat(Math.min(characters, stretch.characters)),
      }
      const result = await readResource({ documents } as never, 'account', `switchyard://documents/doc-${ID}`)
      return JSON.stringify(result?.contents[0])
    }
    expect(await read(MAX_DOCUMENT_CHARACTERS)).not.toContain('goes on')
    expect(await read(MAX_DOCUMENT_CHARACTERS + 1)).toContain(`from character ${MAX_DOCUMENT_CHARACTERS}`)
  })

  it('is a result of a tool shown up to its limit, and says what is left out past it', async () => {
    const call = async (characters: number) => {
      const toolbox = {
        call: async () => ({ ok: true, outcome: { text: 'x'.repeat(characters) }, shown: '', ms: 1 }),
      }
      const { signal } = new AbortController()
      const caller = { account: { id: ID }, requestId: 'r', signal }
      const asked = { name: 'tool', args: {}, context: { mcpReq: { signal } } }
      // Parts alone of what it is given in life.
      return JSON.stringify((await callTool({ toolbox } as never, caller as never, asked as never))?.content)
    }
    expect(await call(MAX_SHOWN_CHARACTERS)).not.toContain('left out')
    expect(await call(MAX_SHOWN_CHARACTERS + 1)).toContain('[1 more characters are left out]')
  })
})

describe('a failure before a message was read', () => {
  it('says nothing of what went wrong inside', () => {
    const { error } = jsonRpcError(
      new AppError('internal', 'Something went wrong on our side.', { cause: 'secret' }),
    )
    expect(error).toEqual({
      code: -32_603,
      message: 'Something went wrong on our side.',
      data: { code: 'internal' },
    })
  })
})
