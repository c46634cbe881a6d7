import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import {
  type CallEvent,
  MAX_TOOL_NAME_LENGTH,
  MAX_TOOLS,
  type ToolDefinition,
  type Tools,
} from '../../../../shared/generation.ts'
import {
  lenientTools,
  MAX_UNENFORCED_LENGTH,
  UNENFORCED_HEADER,
  UnenforcedTools,
} from '../../../../worker/http/chat-completions/unenforced-tools.ts'
import { generationRequest } from '../../samples.ts'

const tool = (name: string, over: Partial<ToolDefinition> = {}): ToolDefinition => ({
  name,
  strict: false,
  parameters: { type: 'object' },
  ...over,
})
const toolsOf = (definitions: ToolDefinition[], over: Partial<Tools> = {}): Tools => ({
  definitions,
  choice: 'auto',
  parallel: true,
  tellUnenforced: true,
  ...over,
})

const tells = (...unenforced: string[]): CallEvent => ({
  type: 'delta',
  text: '',
  tokens: [],
  extra: { unenforced },
})
const token: CallEvent = { type: 'delta', text: 'x', tokens: [1] }

async function* streamOf(...batches: CallEvent[][]) {
  yield* batches
}

/** The header when each choice has heard these events, and what is passed on of them. */
async function heard(tools: Tools | undefined, ...choices: CallEvent[][][]) {
  const unenforced = new UnenforcedTools(choices.map(() => generationRequest(tools && { tools })))
  const passed: CallEvent[][][] = []
  for (const [choice, batches] of choices.entries()) {
    passed[choice] = []
    for await (const events of unenforced.hear(streamOf(...batches), choice)) passed[choice].push(events)
  }
  return { passed, header: unenforced.headers[UNENFORCED_HEADER] }
}

describe('tools whose arguments need not fit', () => {
  it('are those that may be called, have a schema, and are not strict', () => {
    const definitions = [
      tool('a'),
      tool('b', { strict: true }),
      tool('c', { parameters: undefined }),
      tool('d'),
    ]
    expect(lenientTools(toolsOf(definitions))).toEqual(['a', 'd'])
    expect(lenientTools(toolsOf(definitions, { choice: 'required', allowed: ['b', 'd'] }))).toEqual(['d'])
    expect(lenientTools(toolsOf(definitions, { choice: { name: 'a' } }))).toEqual(['a'])
    expect(lenientTools(toolsOf(definitions, { choice: 'none' }))).toEqual([])
  })
})

describe('the header of tools that are not enforced', () => {
  const two = toolsOf([tool('a'), tool('b')])

  it('names those that the nodes of all choices tell, in the order of the request', async () => {
    expect((await heard(two, [[tells('b')]])).header).toBe('b')
    expect((await heard(two, [[tells('b')]], [[tells('a')]])).header).toBe('a, b')
    expect((await heard(two, [[tells()]])).header).toBeUndefined()
  })

  it('says that others may be as well while a choice has not told', async () => {
    expect((await heard(two, [[token]])).header).toBe('*')
    expect((await heard(two, [[tells('b')]], [[token]])).header).toBe('b, *')
  })

  it('is absent where all must fit, whatever nodes say', async () => {
    const strict = toolsOf([tool('a', { strict: true })], { tellUnenforced: undefined })
    expect((await heard(strict, [[tells('a')]])).header).toBeUndefined()
    expect((await heard(undefined, [[tells('a')]])).header).toBeUndefined()
  })

  it('names nothing that the request does not', async () => {
    expect((await heard(two, [[tells('a', 'x\r\nset-cookie: y', '__proto__')]])).header).toBe('a')
  })

  it('takes no more than its length, and says that there are others', async () => {
    const names = Array.from({ length: MAX_TOOLS }, (_, index) =>
      `t${index}_`.padEnd(MAX_TOOL_NAME_LENGTH, 'x'),
    )
    const { header = '' } = await heard(toolsOf(names.map((name) => tool(name))), [[tells(...names)]])
    expect(header.length).toBeLessThanOrEqual(MAX_UNENFORCED_LENGTH)
    const parts = header.split(', ')
    expect(parts.pop()).toBe('*')
    expect(parts).toEqual(names.slice(0, parts.length))
    expect(parts.length).toBe(15)
  })

  it.each([
    ['as long as it may be', 0, false],
    ['longer by one', 1, true],
  ])('%s', async (_what, more, isCut) => {
    // 15 names of 64 and a last one, with two characters between.
    const names = Array.from({ length: 15 }, (_, index) => `t${index}_`.padEnd(MAX_TOOL_NAME_LENGTH, 'x'))
    const last = 'y'.repeat(MAX_UNENFORCED_LENGTH - 15 * (MAX_TOOL_NAME_LENGTH + 2) + more)
    const all = [...names, last]
    const { header } = await heard(toolsOf(all.map((name) => tool(name))), [[tells(...all)]])
    expect(header?.endsWith(', *')).toBe(isCut)
    if (!isCut) expect(header).toHaveLength(MAX_UNENFORCED_LENGTH)
  })

  it('is no piece of the answer', async () => {
    const joined: CallEvent = { type: 'delta', text: 'y', tokens: [2], extra: { unenforced: ['a'] } }
    const { passed, header } = await heard(two, [[tells('a')], [], [tells('a'), token], [joined]])
    expect(passed).toEqual([[[], [token], [joined]]])
    expect(header).toBe('a')
  })
})
