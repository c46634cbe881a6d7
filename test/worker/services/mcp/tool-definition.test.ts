import { describe, expect, it } from 'vitest'
import {
  argumentsSchema,
  definitionOf,
  hashOf,
  offeredName,
} from '../../../../worker/services/mcp/tool-definition.ts'

const tool = {
  name: 'a',
  description: 'b',
  inputSchema: { type: 'object', properties: { x: { type: 'string' } } },
}

describe('the description of a server’s tool', () => {
  it('has one hash whatever the order of its parts, and another with another word, schema or hint', async () => {
    const hash = await hashOf(tool)
    const turned = {
      inputSchema: { properties: { x: { type: 'string' } }, type: 'object' },
      description: 'b',
      name: 'a',
    }
    expect(await hashOf(turned)).toBe(hash)
    const others = [
      { ...tool, description: 'c' },
      { ...tool, title: 'A' },
      { ...tool, inputSchema: { type: 'object' } },
      { ...tool, annotations: { readOnlyHint: true } },
    ]
    for (const other of others) expect(await hashOf(other)).not.toBe(hash)
  })

  it('is taken without what nobody here uses', () => {
    expect(definitionOf({ ...tool, icons: [], _meta: {} })).toEqual(tool)
    expect(definitionOf({ ...tool, name: '' })).toBeUndefined()
  })

  it('gets a name that models can call, its own also where signs or length are left away', () => {
    const hash = '0123456789'.repeat(6)
    expect(offeredName('desk', { name: 'look_up' }, hash)).toBe('desk__look_up')
    expect(offeredName('desk', { name: 'look.up' }, hash)).toBe('desk__look_up_01234567')
    const long = offeredName('desk', { name: 'x'.repeat(128) }, hash)
    expect(long).toHaveLength(64)
    expect(long).toMatch(/^desk__x+_01234567$/)
  })

  it('becomes a schema of keywords that grammars can say', () => {
    const inputSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        x: { type: 'string', pattern: '(a+)+$', format: 'zip', maxLength: 5 },
        y: { $ref: '#/$defs/y' },
        z: { anyOf: [{ type: 'null' }, { type: 'array', items: { enum: [1, 2] }, uniqueItems: true }] },
      },
      required: ['x', 'stranger'],
      additionalProperties: { type: 'string' },
    }
    expect(argumentsSchema({ name: 'a', inputSchema })).toEqual({
      type: 'object',
      properties: {
        x: { type: 'string', maxLength: 5 },
        y: {},
        z: { anyOf: [{ type: 'null' }, { type: 'array', items: { enum: [1, 2] } }] },
      },
      required: ['x'],
    })
    expect(argumentsSchema({ name: 'a', inputSchema: {} })).toEqual({ type: 'object' })
  })
})
