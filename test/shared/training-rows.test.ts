import { describe, expect, it } from 'vitest'
import { type RowType, readRow, TrainingRow } from '../../shared/training-rows.ts'

const asked = { role: 'user', content: 'Hi', name: 'ann' }
const answered = { role: 'assistant', content: 'Hello.' }
const called = {
  role: 'assistant',
  tool_calls: [{ id: 'c1', type: 'function', function: { name: 'clock', arguments: '{}' } }],
}
const told = { role: 'tool', tool_call_id: 'c1', content: '12:00' }
const tools = [{ type: 'function', function: { name: 'clock', parameters: { type: 'object' } } }]

describe('a row that was read', () => {
  it.each<[RowType, object]>([
    ['completion', { text: 'Once.' }],
    ['alpaca', { instruction: 'Add', input: '1 + 1', output: '2' }],
    ['prompt_completion', { prompt: 'Hi', completion: 'Hello' }],
    ['chatml', { messages: [asked, called, told, { ...answered, weight: 0 }, asked, answered], tools }],
    [
      'sharegpt',
      {
        conversations: [
          { from: 'human', value: 'Hi' },
          { from: 'gpt', value: 'Hello' },
        ],
      },
    ],
    [
      'preference',
      { input: { messages: [asked] }, preferred_output: [answered], non_preferred_output: [answered] },
    ],
  ])('travels as JSON and is the same behind it: %s', (type, row) => {
    const read = readRow(type, row)
    if (!('row' in read)) throw new Error(JSON.stringify(read))
    expect(TrainingRow.parse(JSON.parse(JSON.stringify(read.row)))).toEqual(read.row)
  })

  it('of alpaca has its system text in front, where it has one', () => {
    const rolesOf = (system: string | undefined) => {
      const read = readRow('alpaca', { instruction: 'Add', output: '2', system })
      return 'row' in read && read.row.kind === 'chat'
        ? read.row.turns.map(({ message: { role, content }, isLearned }) => [role, content, isLearned])
        : read
    }
    const exchange = [
      ['user', 'Add', false],
      ['assistant', '2', true],
    ]
    expect(rolesOf('Be brief.')).toEqual([['system', 'Be brief.', false], ...exchange])
    for (const none of [undefined, '']) expect(rolesOf(none)).toEqual(exchange)
  })

  it.each([
    ['messages.0.name', { messages: [{ ...asked, name: 'two words' }, answered] }],
    [
      'messages.0.tool_calls.0.function.name',
      { messages: [{ ...called, tool_calls: [{ id: 'c', function: { name: 'a b', arguments: '' } }] }] },
    ],
  ])('has names that a chat may have: %s', (field, row) => {
    const read = readRow('chatml', row)
    expect(read).toMatchObject({ faults: [{ field }] })
  })
})
