import type { ModelHolding, NodeHello } from '../../shared/node.ts'

/** Frames that both halves' tests read: what one side sends here, the other must understand. */

export const modelHolding = (over: Partial<ModelHolding> = {}): ModelHolding => ({
  id: 'starter',
  capabilities: ['generate', 'embed'],
  contextTokens: 1_024,
  slots: 2,
  sizeBytes: 2_743_008,
  architecture: 'llama',
  createdAt: 1_763_683_200_000,
  ...over,
})

export const nodeHello = (over: Partial<NodeHello> = {}): NodeHello => ({
  name: 'attic',
  version: '0.1.0',
  hardware: { os: 'linux', arch: 'x64', cpu: 'a processor', cores: 2, memoryMiB: 8_192, gpus: [] },
  models: [modelHolding()],
  ...over,
})

const usage = { promptTokens: 5, cachedPromptTokens: 2, completionTokens: 3 }

/** Node → edge: frames that must be accepted, by what they are. */
export const goodEvents: [name: string, frame: unknown][] = [
  ['hello', { type: 'hello', hello: nodeHello() }],
  ['hello with a field of a later version', { type: 'hello', hello: { ...nodeHello(), colour: 'red' } }],
  ['holdings', { type: 'holdings', models: [modelHolding({ id: 'other' })] }],
  ['holdings of nothing', { type: 'holdings', models: [] }],
  [
    'gauge',
    { type: 'gauge', gauge: { rssMiB: 100, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 12.5 } },
  ],
  ['step', { type: 'step', step: [['0a1b2c3d-1', ' Hello', [17]]] }],
  ['step without text yet', { type: 'step', step: [['0a1b2c3d-1', '', [17, 18]]] }],
  ['call.end', { type: 'call.end', callId: '0a1b2c3d-1', finishReason: 'stop', usage }],
  [
    'call.error',
    { type: 'call.error', callId: '0a1b2c3d-1', code: 'context_length_exceeded', message: 'Too long.' },
  ],
  ['call.vectors', { type: 'call.vectors', callId: '0a1b2c3d-1', start: 0, vectors: ['AACAPw=='] }],
]

/** Node → edge: frames that must be refused, and what the reason must name. */
export const badEvents: [name: string, frame: unknown, reason: RegExp][] = [
  ['no type', {}, /type/],
  ['an unknown type', { type: 'shout' }, /type/],
  [
    'a command of the other direction',
    { type: 'welcome', nodeId: 'x', heartbeatMs: 1, silenceMs: 1 },
    /type/,
  ],
  ['a list', [], /object/],
  ['null', null, /object/],
  ['a step that is no list', { type: 'step', step: 'x' }, /step/],
  ['a delta without tokens', { type: 'step', step: [['0a1b2c3d-1', 'x']] }, /step/],
  ['a delta with negative tokens', { type: 'step', step: [['0a1b2c3d-1', 'x', [-1]]] }, /step/],
  ['an end without usage', { type: 'call.end', callId: '0a1b2c3d-1', finishReason: 'stop' }, /usage/],
  [
    'an unknown finish reason',
    { type: 'call.end', callId: '0a1b2c3d-1', finishReason: 'bored', usage },
    /finishReason/,
  ],
  ['an unknown error code', { type: 'call.error', callId: '0a1b2c3d-1', code: 'oops', message: 'x' }, /code/],
  [
    'vectors that are not base64',
    { type: 'call.vectors', callId: '0a1b2c3d-1', start: 0, vectors: ['é'] },
    /vectors/,
  ],
  ['a hello without models', { type: 'hello', hello: { ...nodeHello(), models: undefined } }, /models/],
  ['a model without slots', { type: 'holdings', models: [modelHolding({ slots: 0 })] }, /slots/],
  ['an endless call id', { type: 'call.end', callId: 'x'.repeat(65), finishReason: 'stop', usage }, /callId/],
]
