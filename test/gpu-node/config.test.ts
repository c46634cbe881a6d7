import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HELP, type NodeConfig, parseCommand } from '../../gpu-node/config.ts'
import { MAX_ADAPTERS, MAX_MODELS, MAX_PRICE_PER_1K_TOKENS } from '../../shared/node.ts'
import { MAX_TRAINING_SLOTS } from '../../shared/training-offer.ts'

const NEEDED = ['--edge', 'https://edge.example', '--model', 'tiny.gguf']

function configOf(args: string[], environment: Record<string, string> = {}): NodeConfig {
  const command = parseCommand(args, environment)
  if (command.kind !== 'run') throw new Error(`Expected a configuration, got ${command.kind}.`)
  return command.config
}

describe('parseCommand', () => {
  it('needs an edge and a model, and has a default for everything else', () => {
    const stateDir = join(homedir(), '.switchyard')
    expect(configOf(NEEDED)).toEqual({
      edge: 'https://edge.example',
      token: undefined,
      models: [{ id: 'tiny', uri: 'tiny.gguf' }],
      adapters: [],
      adapterCacheMiB: 4_096,
      prices: new Map(),
      embeddings: new Map(),
      name: undefined,
      region: undefined,
      slots: 4,
      contextTokens: undefined,
      threads: undefined,
      memoryMiB: undefined,
      trainingSlots: 1,
      taskSlots: 1,
      python: true,
      pythonWheels: undefined,
      trainingMemoryMiB: undefined,
      gpu: 'auto',
      metricsPort: undefined,
      drainMs: 30_000,
      stateDir,
      modelsDir: join(stateDir, 'models'),
    })
  })

  it('takes every flag', () => {
    const args =
      '--token t0 --adapter-cache 0 --name box --region nl --slots 8 --context 4096 --threads 6 --memory 900 --train 3 --train-memory 700 --tasks 2 --python off --gpu off --drain 5 --metrics-port 9100 --state-dir s --models-dir m'.split(
        ' ',
      )
    const adapter = ['--adapter', 'big:pirate=pirate.gguf', '--price', 'big=0.0008']
    expect(configOf([...NEEDED, '--model', 'big=hf:user/repository:Q4_K_M', ...adapter, ...args])).toEqual({
      edge: 'https://edge.example',
      token: 't0',
      models: [
        { id: 'tiny', uri: 'tiny.gguf' },
        { id: 'big', uri: 'hf:user/repository:Q4_K_M' },
      ],
      adapters: [{ model: 'big', suffix: 'pirate', uri: 'pirate.gguf' }],
      adapterCacheMiB: 0,
      prices: new Map([['big', 0.0008]]),
      embeddings: new Map(),
      name: 'box',
      region: 'nl',
      slots: 8,
      contextTokens: 4096,
      threads: 6,
      memoryMiB: 900,
      trainingSlots: 3,
      taskSlots: 2,
      python: false,
      pythonWheels: undefined,
      trainingMemoryMiB: 700,
      gpu: 'off',
      metricsPort: 9_100,
      drainMs: 5_000,
      stateDir: resolve('s'),
      modelsDir: resolve('m'),
    })
  })

  it('takes every flag as a variable too, and a flag wins', () => {
    const environment = {
      SWITCHYARD_EDGE: 'https://edge.example',
      SWITCHYARD_TOKEN: 't0',
      SWITCHYARD_MODEL: 'tiny.gguf, big=hf:user/repository:Q4_K_M',
      SWITCHYARD_ADAPTER: 'tiny:one=1.gguf, big:two=2.gguf',
      SWITCHYARD_ADAPTER_CACHE: '10',
      SWITCHYARD_PRICE: 'tiny=1, big:two=0.5',
      SWITCHYARD_NAME: 'box',
      SWITCHYARD_REGION: 'eu-west',
      SWITCHYARD_SLOTS: '8',
      SWITCHYARD_CONTEXT: '4096',
      SWITCHYARD_THREADS: '6',
      SWITCHYARD_MEMORY: '900',
      SWITCHYARD_TRAIN: '0',
      SWITCHYARD_TRAIN_MEMORY: '700',
      SWITCHYARD_TASKS: '0',
      SWITCHYARD_GPU: 'off',
      SWITCHYARD_DRAIN: '0',
      SWITCHYARD_METRICS_PORT: '9100',
      SWITCHYARD_STATE_DIR: 's',
      SWITCHYARD_MODELS_DIR: 'm',
    }
    const config = configOf(['--slots', '2'], environment)
    expect([...config.prices]).toEqual([
      ['tiny', 1],
      ['big:two', 0.5],
    ])
    expect(config).toMatchObject({
      token: 't0',
      adapterCacheMiB: 10,
      name: 'box',
      region: 'eu-west',
      slots: 2,
      contextTokens: 4096,
      threads: 6,
      memoryMiB: 900,
      trainingSlots: 0,
      taskSlots: 0,
      python: true,
      trainingMemoryMiB: 700,
      gpu: 'off',
      drainMs: 0,
      metricsPort: 9_100,
    })
    expect(config.models.map(({ id }) => id)).toEqual(['tiny', 'big'])
    expect(config).toMatchObject({ stateDir: resolve('s'), modelsDir: resolve('m') })
    expect(config.adapters.map(({ model, suffix }) => [model, suffix])).toEqual([
      ['tiny', 'one'],
      ['big', 'two'],
    ])
    const flags = ['--model', 'other.gguf', '--adapter', 'other:three=3.gguf', '--price', 'other=3']
    expect(configOf(flags, environment)).toMatchObject({
      models: [{ id: 'other', uri: 'other.gguf' }],
      adapters: [{ model: 'other', suffix: 'three', uri: '3.gguf' }],
      prices: new Map([['other', 3]]),
    })
  })

  it('takes a folder of packages for Python where programs in Python run', () => {
    const given = { SWITCHYARD_PYTHON_WHEELS: 'w' }
    expect(configOf(NEEDED, given).pythonWheels).toBe(resolve('w'))
    for (const off of [
      ['--python', 'off'],
      ['--tasks', '0'],
    ])
      expect(() => configOf([...NEEDED, ...off], given)).toThrow(/^SWITCHYARD_PYTHON_WHEELS is for programs/)
  })

  it.each([
    [['--help'], 'help'],
    [['--version'], 'version'],
    [['--help', '--slots', 'nonsense'], 'help'],
  ])('answers %j without a configuration', (args, kind) => {
    expect(parseCommand(args, {})).toEqual({ kind })
  })

  it('explains every flag in its help', () => {
    const flags =
      'edge token model adapter adapter-cache price embedding name region slots context threads memory train train-memory tasks python python-wheels gpu drain metrics-port state-dir models-dir help version'
    for (const flag of flags.split(' ')) expect(HELP).toContain(`--${flag}`)
    for (const line of HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })
})

describe('the name of a model', () => {
  it.each([
    ['/models/Qwen3-8B-Q4_K_M.gguf', 'Qwen3-8B-Q4_K_M'],
    ['/models/big-00001-of-00003.gguf', 'big'],
    ['hf:user/Qwen3-8B-GGUF:Q4_K_M', 'Qwen3-8B:Q4_K_M'],
    ['hf:user/Qwen3-8B-GGUF', 'Qwen3-8B'],
    ['hf:user/repository/small.gguf', 'small'],
    ['hf:user/Qwen2.5-VL_7B-GGUF:UD-Q4_K_XL', 'Qwen2.5-VL_7B:UD-Q4_K_XL'],
    ['/models/My Model (1).gguf', 'My Model (1)'],
    ['hf:user/repository/c4ai+x@v1~2.gguf', 'c4ai+x@v1~2'],
    ['https://models.example/small.gguf?download=true', 'small'],
    ['./a=b.gguf', 'a=b'],
    ['/models/a=b.gguf', 'a=b'],
    ['mine=/models/a=b.gguf', 'mine'],
    ['org/mine:1=hf:user/repository', 'org/mine:1'],
  ])('of %s is %s', (model, id) => {
    expect(configOf(['--edge', 'https://edge.example', '--model', model]).models[0]?.id).toBe(id)
  })
})

describe('the hash of a model', () => {
  const modelOf = (model: string) => configOf(['--edge', 'https://edge.example', '--model', model]).models[0]
  const hash = 'ab'.repeat(32)

  it('may stand behind it', () => {
    expect(modelOf(`mine=/models/a.gguf#sha256=${hash.toUpperCase()}`)).toEqual({
      id: 'mine',
      uri: '/models/a.gguf',
      sha256: hash,
    })
    expect(modelOf(`hf:user/repository/a.gguf#sha256=${hash}`)).toEqual({
      id: 'a',
      uri: 'hf:user/repository/a.gguf',
      sha256: hash,
    })
  })

  it.each([hash.slice(1), `${hash}0`, 'z'.repeat(64)])('is refused as %s', (wrong) => {
    expect(() => modelOf(`/models/a.gguf#sha256=${wrong}`)).toThrow(
      /^--model has no SHA-256 of 64 hex digits/,
    )
  })
})

describe('an adapter', () => {
  const hash = 'ab'.repeat(32)
  const models = ['tiny.gguf', 'Qwen3:Q4_K_M=q.gguf', 'Qwen3=other.gguf', './a=b.gguf']
  const given = models.flatMap((model) => ['--model', model])
  const adaptersOf = (...adapters: string[]) =>
    configOf([
      '--edge',
      'https://edge.example',
      ...given,
      ...adapters.flatMap((adapter) => ['--adapter', adapter]),
    ]).adapters

  it.each([
    ['tiny:pirate=/adapters/pirate.gguf', { model: 'tiny', suffix: 'pirate', uri: '/adapters/pirate.gguf' }],
    ['tiny:v1.2-b_c=hf:user/repository/x.gguf', { suffix: 'v1.2-b_c', uri: 'hf:user/repository/x.gguf' }],
    ['Qwen3:Q4_K_M:pirate=p.gguf', { model: 'Qwen3:Q4_K_M', suffix: 'pirate' }],
    ['Qwen3:pirate=p.gguf', { model: 'Qwen3', suffix: 'pirate' }],
    ['a=b:pirate=c=d.gguf', { model: 'a=b', suffix: 'pirate', uri: 'c=d.gguf' }],
    [`tiny:pirate=p.gguf#sha256=${hash.toUpperCase()}`, { uri: 'p.gguf', sha256: hash }],
    [`tiny:${'x'.repeat(64)}=p.gguf`, { suffix: 'x'.repeat(64) }],
  ])('can be %s', (adapter, expected) => {
    expect(adaptersOf(adapter)).toEqual([expect.objectContaining(expected)])
  })

  it('of one name may belong to several models', () => {
    expect(adaptersOf('tiny:x=1.gguf', 'Qwen3:x=2.gguf')).toHaveLength(2)
  })

  it.each([
    [
      'of a model that the node does not have',
      ['other:x=p.gguf'],
      'with a model of this node: "other:x=p.gguf"',
    ],
    ['without a model', ['x=p.gguf'], 'with a model of this node'],
    ['without a name', ['tiny:=p.gguf'], 'needs a name'],
    ['without a file', ['tiny:x='], 'needs a name'],
    ['that is only a name', ['tiny:x'], 'needs a name'],
    ['with a colon in its name', ['tiny:x:y=p.gguf'], 'needs a name'],
    ['with a sign in front of its name', ['tiny:.x=p.gguf'], 'needs a name'],
    ['with too long a name', [`tiny:${'x'.repeat(65)}=p.gguf`], 'needs a name'],
    ['with half a hash', ['tiny:x=p.gguf#sha256=abc'], 'has no SHA-256'],
    [
      'with a name that is the edge’s to give',
      [`tiny:ft-${'0'.repeat(24)}=p.gguf`],
      'cannot be called as the edge calls adapters',
    ],
    ['that is given twice', ['tiny:x=1.gguf', 'tiny:x=2.gguf'], 'names "tiny:x", which is'],
    ['with the name of a model', ['Qwen3:Q4_K_M=p.gguf'], 'names "Qwen3:Q4_K_M", which is'],
  ])('cannot be one %s', (_what, adapters, message) => {
    expect(() => adaptersOf(...adapters)).toThrow(message)
    expect(() => adaptersOf(...adapters)).toThrow(/^--adapter /)
  })

  it(`can be given ${MAX_ADAPTERS} times and no more`, () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `tiny:v${index}=p.gguf`)
    expect(adaptersOf(...many(MAX_ADAPTERS))).toHaveLength(MAX_ADAPTERS)
    expect(() => adaptersOf(...many(MAX_ADAPTERS + 1))).toThrow(`at most ${MAX_ADAPTERS} times`)
  })
})

describe('a price', () => {
  const pricesOf = (...prices: string[]) => {
    const served = ['--model', 'a=b=tiny.gguf', '--model', 'constructor=tiny.gguf', '--adapter', 'a:x=x.gguf']
    const given = prices.flatMap((price) => ['--price', price])
    return [...configOf(['--edge', 'https://edge.example', ...served, ...given]).prices]
  }

  it('is of a model or of an adapter', () => {
    expect(pricesOf('a=0', 'a:x=0.000125', `constructor=${MAX_PRICE_PER_1K_TOKENS}`)).toEqual([
      ['a', 0],
      ['a:x', 0.000125],
      ['constructor', MAX_PRICE_PER_1K_TOKENS],
    ])
  })

  it.each([
    ['of a model that the node does not have', ['b=1'], 'with a model of this node: "b=1"'],
    ['of a model that there is in every object', ['toString=1'], 'with a model of this node'],
    ['without a model', ['1'], 'with a model of this node'],
    ['without a number', ['a='], 'needs a number'],
    ['below 0', ['a=-1'], 'needs a number'],
    ['that is too high', [`a=${MAX_PRICE_PER_1K_TOKENS + 1}`], 'needs a number from 0 to 1000000'],
    ['that is no number', ['a=NaN'], 'needs a number'],
    ['without an end', ['a=Infinity'], 'needs a number'],
    ['in another base', ['a=0x10'], 'needs a number'],
    ['that is given twice', ['a=1', 'a=2'], 'names "a" twice'],
  ])('cannot be one %s', (_what, prices, message) => {
    expect(() => pricesOf(...prices)).toThrow(message)
    expect(() => pricesOf(...prices)).toThrow(/^--price /)
  })
})

describe('the edge', () => {
  it.each([
    ['https://edge.example', 'https://edge.example'],
    ['https://Edge.Example:443/', 'https://edge.example'],
    ['https://edge.example:8443', 'https://edge.example:8443'],
    ['http://localhost:8787', 'http://localhost:8787'],
    ['http://clara.localhost:8787', 'http://clara.localhost:8787'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://[::1]:8787', 'http://[::1]:8787'],
  ])('%s is dialled at %s', (edge, origin) => {
    expect(configOf([...NEEDED, '--edge', edge]).edge).toBe(origin)
  })

  it.each([
    'http://edge.example',
    'http://192.168.0.2:8787',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'http://[::2]',
  ])('%s is refused: the credential would travel in clear', (edge) => {
    expect(() => configOf([...NEEDED, '--edge', edge])).toThrow(/^--edge must begin with https:.*\.$/)
  })
})

describe('a wrong flag', () => {
  it.each<[string[], RegExp]>([
    [['--model', 'm.gguf'], /^--edge is required, e\.g\./],
    [['--edge', 'https://edge.example'], /^--model is required/],
    [[...NEEDED, '--edge', 'edge.example'], /^--edge must be an address/],
    [[...NEEDED, '--edge', 'ftp://edge.example'], /^--edge must be an address/],
    [[...NEEDED, '--edge', 'https://edge.example/v1'], /^--edge must be an address alone/],
    [[...NEEDED, '--edge', 'https://edge.example/?a=b'], /^--edge must be an address alone/],
    [[...NEEDED, '--edge', 'https://me:secret@edge.example'], /^--edge must be an address alone/],
    [[...NEEDED, '--token='], /^--token must be a join token/],
    [[...NEEDED, '--token', 'two words'], /^--token must be a join token/],
    [[...NEEDED, '--model='], /^--model needs a file/],
    [[...NEEDED, '--model', 'other/tiny.gguf'], /^--model names "tiny" twice/],
    [[...NEEDED, '--model', '.gguf'], /^--model has no usable name/],
    [[...NEEDED, '--model', `${'x'.repeat(201)}.gguf`], /^--model has no usable name/],
    [[...NEEDED, '--model', `m:ft-${'0'.repeat(24)}=tiny.gguf`], /^--model has no usable name/],
    [[...NEEDED, '--adapter-cache', '-1'], /^--adapter-cache/],
    [[...NEEDED, '--model', '/models/größe.gguf'], /^--model has no usable name in ".*": use name=model/],
    [[...NEEDED, '--model', '/models/__proto__.gguf'], /^--model has no usable name/],
    [
      [...NEEDED, ...Array.from({ length: MAX_MODELS }, (_, n) => `--model=m${n}`)],
      /^--model can be given at most/,
    ],
    [[...NEEDED, '--name='], /^--name must have/],
    [[...NEEDED, '--name', 'x'.repeat(101)], /^--name can have at most 100/],
    [[...NEEDED, '--region', 'EU'], /^--region must be up to 32 lower-case letters/],
    [[...NEEDED, '--region', 'x'.repeat(33)], /^--region must be up to 32 lower-case letters/],
    [[...NEEDED, '--slots', '0'], /^--slots must be a whole number from 1 to 256/],
    [[...NEEDED, '--slots', '257'], /^--slots/],
    [[...NEEDED, '--train', String(MAX_TRAINING_SLOTS + 1)], /^--train/],
    [[...NEEDED, '--train-memory', '0'], /^--train-memory/],
    [[...NEEDED, '--slots', '2.5'], /^--slots/],
    [[...NEEDED, '--slots', 'four'], /^--slots/],
    [[...NEEDED, '--slots=-4'], /^--slots/],
    [[...NEEDED, '--context', '63'], /^--context must be a whole number from 64/],
    [[...NEEDED, '--context', '999999999'], /^--context/],
    [[...NEEDED, '--threads', '0'], /^--threads must be a whole number from 1/],
    [[...NEEDED, '--memory', '0'], /^--memory must be a whole number from 1/],
    [[...NEEDED, '--drain', '-1'], /^--drain needs a value/],
    [[...NEEDED, '--drain', '86401'], /^--drain must be a whole number from 0 to 86400/],
    [[...NEEDED, '--metrics-port', '65536'], /^--metrics-port must be a whole number from 1 to 65535/],
    [[...NEEDED, '--gpu', 'cuda'], /^--gpu must be auto or off/],
    [[...NEEDED, '--state-dir='], /^--state-dir needs a folder/],
    [[...NEEDED, '--models-dir='], /^--models-dir needs a folder/],
    [[...NEEDED, '--slot', '4'], /^--slot is not a flag/],
    [[...NEEDED, '-x'], /^-x is not a flag/],
    [[...NEEDED, 'tiny.gguf'], /^"tiny\.gguf" is not a flag/],
    [[...NEEDED, '--name', '--slots', '4'], /^--name needs a value/],
    [[...NEEDED, '--slots'], /^--slots needs a value/],
    [[...NEEDED, '--help=yes'], /^--help takes no value/],
  ])('%j is refused with one sentence that names it', (args, sentence) => {
    expect(() => parseCommand(args, {})).toThrow(sentence)
    expect(() => parseCommand(args, {})).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(/\.$/) }),
    )
  })

  it('that came from a variable is called by the variable’s name', () => {
    expect(() => parseCommand(NEEDED, { SWITCHYARD_SLOTS: 'many' })).toThrow(
      /^SWITCHYARD_SLOTS must be a whole/,
    )
    expect(() => parseCommand(NEEDED, { SWITCHYARD_STATE_DIR: '' })).not.toThrow()
  })
})
