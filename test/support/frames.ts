import { type GenerationRequest, MAX_ADAPTER_PARTS } from '../../shared/generation.ts'
import {
  type AdapterHolding,
  MAX_ADAPTERS,
  MAX_LAYER_MATRICES,
  MAX_PRICE_PER_1K_TOKENS,
  type ModelHolding,
  type NodeHello,
} from '../../shared/node.ts'
import { MAX_ERRAND_SLOTS } from '../../shared/tasks/errands.ts'
import { MAX_TASK_SLOTS } from '../../shared/tasks/tasks.ts'
import { badErrandCommands, badErrandEvents, goodErrandCommands, goodErrandEvents } from './errand-frames.ts'
import { badRankings, goodRanking, madeFor } from './ranking-frames.ts'
import { USUAL } from './sampling.ts'
import { badTaskCommands, badTaskEvents, goodTaskCommands, goodTaskEvents } from './task-frames.ts'
import {
  badTrainingCommands,
  badTrainingEvents,
  goodTrainingCommands,
  goodTrainingEvents,
  storedFile,
} from './training-frames.ts'

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

const adaptersOf = (count: number): AdapterHolding[] =>
  Array.from({ length: count }, (_, index) => ({ suffix: `v${index}`, createdAt: 0 }))

const shapeOf = (count: number): ModelHolding['shape'] => ({
  layers: 2,
  matrices: Array.from({ length: count }, (_, index) => ({ name: `m${index}`, inputs: 8, outputs: 8 })),
})

const usage = { promptTokens: 5, cachedPromptTokens: 2, completionTokens: 3 }

/** Node → edge: frames that must be accepted, by what they are. */
export const goodEvents: [name: string, frame: unknown][] = [
  ['hello', { type: 'hello', hello: nodeHello() }],
  ['hello with a field of a later version', { type: 'hello', hello: { ...nodeHello(), colour: 'red' } }],
  ['hello with a promise', { type: 'hello', hello: nodeHello(), busyHeartbeat: true }],
  ['hello of one that fetches adapters', { type: 'hello', hello: nodeHello({ fetchesAdapters: true }) }],
  [
    'hello of one that runs tasks, one of them of a later version',
    { type: 'hello', hello: nodeHello({ tasks: { kinds: ['extract', 'dream'], slots: 1 } }) },
  ],
  ['hello from a region', { type: 'hello', hello: { ...nodeHello(), region: 'eu-west-1' } }],
  ['holdings', { type: 'holdings', models: [modelHolding({ id: 'other' })] }],
  ...madeFor.map((made): [string, object] => [
    `holdings with a model that is made for ${Object.keys(made)}`,
    { type: 'holdings', models: [modelHolding(made)] },
  ]),
  [
    'holdings with as many matrices of a layer as may be told',
    { type: 'holdings', models: [modelHolding({ shape: shapeOf(MAX_LAYER_MATRICES) })] },
  ],
  [
    'holdings with adapters, in memory and not',
    {
      type: 'holdings',
      models: [
        modelHolding({
          adapters: [
            { suffix: 'pirate', createdAt: 1_763_683_200_000 },
            { suffix: 'v1.2-b_c', createdAt: 1_763_683_200_000, residence: 'disk' },
          ],
        }),
      ],
    },
  ],
  [
    'holdings with prices, of models and of adapters',
    {
      type: 'holdings',
      models: [
        modelHolding({
          pricePer1kTokens: MAX_PRICE_PER_1K_TOKENS,
          adapters: [{ suffix: 'a', createdAt: 0, pricePer1kTokens: 0.0008 }],
        }),
      ],
    },
  ],
  [
    'holdings with as many adapters as may be',
    { type: 'holdings', models: [modelHolding({ adapters: adaptersOf(MAX_ADAPTERS) })] },
  ],
  [
    'holdings with as many adapters as may be over all models',
    {
      type: 'holdings',
      models: [
        modelHolding({ adapters: adaptersOf(MAX_ADAPTERS / 2) }),
        modelHolding({ id: 'b', adapters: adaptersOf(MAX_ADAPTERS / 2) }),
      ],
    },
  ],
  [
    'holdings whose names are those of files, hubs and teams',
    {
      type: 'holdings',
      models: [
        'Qwen3-8B:Q4_K_M',
        'team/model.v1',
        'a=b+c@d~e',
        'Model (1)',
        'constructor',
        'x'.repeat(200),
      ].map((id) => modelHolding({ id })),
    },
  ],
  [
    'holdings with the hashes of their files',
    {
      type: 'holdings',
      models: [
        modelHolding({
          sha256: '0a'.repeat(32),
          adapters: [{ suffix: 'pirate', createdAt: 0, sha256: 'f9'.repeat(32) }],
        }),
      ],
    },
  ],
  ['holdings of nothing', { type: 'holdings', models: [] }],
  [
    'gauge',
    { type: 'gauge', gauge: { rssMiB: 100, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 12.5 } },
  ],
  ['step', { type: 'step', step: [['0a1b2c3d-1', ' Hello', [17]]] }],
  ['step without text yet', { type: 'step', step: [['0a1b2c3d-1', '', [17, 18]]] }],
  [
    'step that tells of tools, without a token',
    { type: 'step', step: [['0a1b2c3d-1', '', [], { unenforced: ['get_weather'] }]] },
  ],
  ['call.end', { type: 'call.end', callId: '0a1b2c3d-1', finishReason: 'stop', usage }],
  [
    'call.error',
    { type: 'call.error', callId: '0a1b2c3d-1', code: 'context_length_exceeded', message: 'Too long.' },
  ],
  ['call.vectors', { type: 'call.vectors', callId: '0a1b2c3d-1', start: 0, vectors: ['AACAPw=='] }],
  ...goodTrainingEvents,
  ...goodTaskEvents,
  ...goodErrandEvents,
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
  [
    'a delta that tells of a tool whose name is none',
    { type: 'step', step: [['0a1b2c3d-1', '', [], { unenforced: ['a b'] }]] },
    /step/,
  ],
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
  [
    'holdings with a matrix more than may be told',
    { type: 'holdings', models: [modelHolding({ shape: shapeOf(MAX_LAYER_MATRICES + 1) })] },
    /matrices/,
  ],
  ['a hello without models', { type: 'hello', hello: { ...nodeHello(), models: undefined } }, /models/],
  ...['', 'EU', '-eu', '__proto__', 'x'.repeat(33)].map((region): [string, unknown, RegExp] => [
    `a hello from the region "${region}"`,
    { type: 'hello', hello: { ...nodeHello(), region } },
    /region/,
  ]),
  ...['', '-m', '__proto__', 'a ', 'a#b', 'a"b', 'ä', 'x'.repeat(201)].map(
    (id): [string, unknown, RegExp] => [
      `a model called "${id}"`,
      { type: 'holdings', models: [modelHolding({ id })] },
      /^models\.0\.id/,
    ],
  ),
  [
    'a model twice',
    { type: 'holdings', models: [modelHolding(), modelHolding({ id: 'b' }), modelHolding()] },
    /^models: "starter" is named twice/,
  ],
  [
    'a model that is called as another with its adapter',
    {
      type: 'holdings',
      models: [modelHolding({ adapters: adaptersOf(1) }), modelHolding({ id: 'starter:v0' })],
    },
    /^models: "starter:v0" is named twice/,
  ],
  [
    'more adapters over all models than a node may have',
    {
      type: 'hello',
      hello: nodeHello({
        models: [
          modelHolding({ adapters: adaptersOf(MAX_ADAPTERS) }),
          modelHolding({ id: 'b', adapters: adaptersOf(1) }),
        ],
      }),
    },
    /^hello\.models: expected at most 256 adapters/,
  ],
  ...['', 'A'.repeat(64), 'a'.repeat(63), 'a'.repeat(65), '__proto__'].map(
    (sha256): [string, unknown, RegExp] => [
      `a file with the hash "${sha256}"`,
      { type: 'holdings', models: [modelHolding({ sha256 })] },
      /^models\.0\.sha256: expected 64 lower-case hex digits/,
    ],
  ),
  ...[-1, MAX_PRICE_PER_1K_TOKENS + 1, '1', null].map((price): [string, unknown, RegExp] => [
    `a model that costs ${price}`,
    { type: 'holdings', models: [{ ...modelHolding(), pricePer1kTokens: price }] },
    /^models\.0\.pricePer1kTokens/,
  ]),
  ...['', 'Extract', '__proto__', 'x'.repeat(33)].map((kind): [string, unknown, RegExp] => [
    `a hello of one that runs tasks called "${kind}"`,
    { type: 'hello', hello: nodeHello({ tasks: { kinds: [kind], slots: 1 } }) },
    /^hello\.tasks\.kinds\.0/,
  ]),
  ...[0, MAX_ERRAND_SLOTS + 1].map((slots): [string, unknown, RegExp] => [
    `a hello of one that does ${slots} errands`,
    { type: 'hello', hello: nodeHello({ errands: { kinds: ['math'], slots } }) },
    /^hello\.errands\.slots/,
  ]),
  ...[0, MAX_TASK_SLOTS + 1].map((slots): [string, unknown, RegExp] => [
    `a hello of one that runs ${slots} tasks`,
    { type: 'hello', hello: nodeHello({ tasks: { kinds: ['extract'], slots } }) },
    /^hello\.tasks\.slots/,
  ]),
  ['a model without slots', { type: 'holdings', models: [modelHolding({ slots: 0 })] }, /slots/],
  ...['', 'a:b', '.a', 'a b', 'x'.repeat(65)].map((suffix): [string, unknown, RegExp] => [
    `an adapter called "${suffix}"`,
    { type: 'holdings', models: [modelHolding({ adapters: [{ suffix, createdAt: 0 }] })] },
    /adapters/,
  ]),
  [
    'too many adapters',
    { type: 'holdings', models: [modelHolding({ adapters: adaptersOf(MAX_ADAPTERS + 1) })] },
    /adapters/,
  ],
  ['an endless call id', { type: 'call.end', callId: 'x'.repeat(65), finishReason: 'stop', usage }, /callId/],
  ...badTrainingEvents,
  ...badTaskEvents,
  ...badErrandEvents,
]

/** Node → edge: text that is no frame at all, and what the reason must name. */
export const garbage: [name: string, text: string, reason: RegExp][] = [
  ['nothing', '', /not JSON/],
  ['prose', 'hello', /not JSON/],
  ['half a frame', '{"type":"step","step":[', /not JSON/],
  ['two frames', '{"type":"gauge"}{"type":"gauge"}', /not JSON/],
  ['a heartbeat in capitals', 'PING', /not JSON/],
  ['NaN', 'NaN', /not JSON/],
  ['a number', '7', /object/],
  ['text', '"step"', /object/],
  ['a hundred thousand brackets', '['.repeat(100_000), /not JSON/],
  ['closed brackets to a depth of ten thousand', '['.repeat(10_000) + ']'.repeat(10_000), /object/],
  ['a name that is not its own', '{"__proto__":{"type":"gauge"}}', /type/],
  ['control characters', '\u0000\u0001\uffff', /not JSON/],
]

const request: GenerationRequest = {
  model: 'starter',
  prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }] },
  sampling: USUAL,
  maxTokens: 16,
  stop: ['END'],
  format: 'text',
}

/** Edge → node: frames that must be accepted. */
export const goodCommands: [name: string, frame: object][] = [
  ['welcome', { type: 'welcome', nodeId: 'n', heartbeatMs: 15_000, silenceMs: 45_000 }],
  [
    'welcome to a busy link',
    {
      type: 'welcome',
      nodeId: 'n',
      heartbeatMs: 15_000,
      silenceMs: 45_000,
      busyHeartbeatMs: 2_000,
      busySilenceMs: 10_000,
    },
  ],
  ['generation.start', { type: 'generation.start', callId: '0a1b2c3d-1', request }],
  [
    'generation.start of tokens',
    {
      type: 'generation.start',
      callId: '0a1b2c3d-1',
      request: { ...request, prompt: { kind: 'tokens', tokens: [1, 2] } },
    },
  ],
  [
    'embedding.start',
    { type: 'embedding.start', callId: '0a1b2c3d-2', request: { model: 'starter', input: ['a', [1, 2]] } },
  ],
  goodRanking,
  ['call.cancel', { type: 'call.cancel', callId: '0a1b2c3d-1' }],
  [
    'generation.start with an adapter to fetch',
    {
      type: 'generation.start',
      callId: '0a1b2c3d-1',
      request: { ...request, adapter: { file: storedFile(), tokens: ['a.b.c'] } },
    },
  ],
  ['adapters.withdraw', { type: 'adapters.withdraw', ids: ['6a0b1c2d0123456789abcdef'] }],
  ...goodTrainingCommands,
  ...goodTaskCommands,
  ...goodErrandCommands,
]

const startOf = (over: object) => ({
  type: 'generation.start',
  callId: '0a1b2c3d-1',
  request: { ...request, ...over },
})

/** Edge → node: frames that must be refused, and what the reason must name. */
export const badCommands: [name: string, frame: unknown, reason: RegExp][] = [
  ['no type', {}, /type/],
  ['an unknown type', { type: 'dance' }, /type/],
  ['a welcome without a heartbeat', { type: 'welcome', nodeId: 'n', silenceMs: 1 }, /heartbeatMs/],
  [
    'a heartbeat of no time',
    { type: 'welcome', nodeId: 'n', heartbeatMs: 1, silenceMs: 1, busyHeartbeatMs: 0 },
    /busyHeartbeatMs/,
  ],
  ['a start without a request', { type: 'generation.start', callId: '0a1b2c3d-1' }, /request/],
  ['a start without a call id', { type: 'generation.start', request }, /callId/],
  ['a chat without messages', startOf({ prompt: { kind: 'chat', messages: [] } }), /messages/],
  ['an unknown kind of prompt', startOf({ prompt: { kind: 'song' } }), /prompt/],
  ['a temperature above 2', startOf({ sampling: { ...request.sampling, temperature: 2.1 } }), /temperature/],
  ['a seed of more than 32 bits', startOf({ sampling: { ...request.sampling, seed: 2 ** 32 } }), /seed/],
  ['an answer of no tokens', startOf({ maxTokens: 0 }), /maxTokens/],
  ['an empty stop string', startOf({ stop: [''] }), /stop/],
  [
    'an adapter without an address',
    startOf({ adapter: { file: storedFile(), tokens: [] } }),
    /adapter\.tokens/,
  ],
  [
    'an adapter in more parts than one may have',
    startOf({ adapter: { file: storedFile(), tokens: Array(MAX_ADAPTER_PARTS + 1).fill('x') } }),
    /adapter\.tokens/,
  ],
  ['adapters of no number that are withdrawn', { type: 'adapters.withdraw', ids: [] }, /ids/],
  ['17 stop strings', startOf({ stop: Array(17).fill('x') }), /stop/],
  ['an unknown format', startOf({ format: 'yaml' }), /format/],
  [
    'an embedding of nothing',
    { type: 'embedding.start', callId: 'x', request: { model: 'm', input: [] } },
    /input/,
  ],
  ...badRankings,
  ['a cancel of nobody', { type: 'call.cancel', callId: '' }, /callId/],
  ...badTrainingCommands,
  ...badTaskCommands,
  ...badErrandCommands,
]
