import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { causeOf } from '../shared/failure-cause.ts'
import { adapterModelId, MAX_ADAPTERS, MAX_MODELS, Region } from '../shared/node.ts'
import { MAX_TASK_SLOTS } from '../shared/tasks/tasks.ts'
import { MAX_TRAINING_SLOTS } from '../shared/training-offer.ts'
import { DRAIN_LIMIT_MS } from './drain.ts'
import { type Embeddings, toEmbeddings } from './embeddings.ts'
import {
  type AdapterSource,
  type ModelSource,
  Models,
  toAdapterSources,
} from './model-files/model-sources.ts'
import { EXIT_USAGE, OperatorError } from './operator-error.ts'
import { type Prices, toPrices } from './prices.ts'

/** llama.cpp's own limit of sequences in one context (`LLAMA_MAX_SEQ`). */
const MAX_SLOTS = 256
const MIN_CONTEXT_TOKENS = 64
const MAX_CONTEXT_TOKENS = 16 * 1024 * 1024
const MAX_THREADS = 1_024
const MAX_DRAIN_SECONDS = 86_400
const MAX_MEMORY_MIB = 16 * 1024 * 1024

export const HELP = `Serves models from this machine to a Switchyard edge. The node dials out: no port is opened.

Usage: npm run node -- --edge <url> --token <join token> --model <model> [options]

  --edge <url>         The edge's address, e.g. https://edge.example. Plain http:// only for this machine.
  --token <token>      A join token, from POST /v1/nodes/join-tokens. Needed once: the credential that it is
                       exchanged for is kept in the state folder and used from then on.
  --model <model>      A GGUF file or an hf: URI (hf:user/repository:Q4_K_M, hf:user/repository/file.gguf).
                       Give it a name of your own with name=model; repeat the flag to serve several.
                       With model#sha256=<hex> a file is only loaded when that is its hash; without, a download
                       must have the one that its hub tells (HF_ENDPOINT names another hub, HF_TOKEN your token).
  --adapter <adapter>  A LoRA adapter of one of the models, as model:name=adapter, where adapter is a GGUF file or an
                       hf: URI, with #sha256=<hex> behind it if you like. It is served as the model model:name; its
                       calls share the slots of its model. Repeat the flag for several.
  --adapter-cache <MiB>
                       Disk for adapters that were trained on the pool: they are fetched from the edge when a call
                       names one, and the ones that were not used for longest make room. 0: none are. Default: 4096.
  --price <price>      What a thousand tokens of a model cost, of prompts and answers alike, as model=0.0008; of an
                       adapter as model:name=0.002, else it costs what its model does. The edge shows it in its
                       catalogue and in usage. Repeat the flag for several. Default: what the edge's administrator
                       has set, whose word comes first anyway, or else 0.
  --embedding <model>  A model that is made for embeddings although its file does not say how they are pooled, or what
                       is to stand before texts: model={"query":"query: ","passage":"passage: "}. Documents are found
                       by such models. Without it, the edge goes by the file and the model's family. Repeat the flag
                       for several.
  --name <name>        What the edge shows for this node from the time it joins. Default: the name that was given to
                       its join token.
  --region <name>      Where this node stands, for callers near by: a data centre (ams), country (nl) or continent
                       (eu) as Cloudflare names them, in lower case, or a name of your own. Default: the continent
                       that it dials from.
  --slots <n>          Generations that run at the same time, for each model with its adapters. Default: 4.
  --context <n>        Tokens that one call may use, prompt and answer together. Default: what the model was
                       made for, at most 4096, and less where memory is short.
  --threads <n>        CPU threads for computing. Default: one less than there are cores. With all of them, other work
                       on a core holds up every thread: measured ten times slower on a busy machine.
  --memory <MiB>       What the loaded models may take together. Models that do not fit are loaded when they are
                       asked for, in the place of the one that was not for longest. An adapter in use takes as
                       much as the cache of its model. Default: 80 % of what is free.
  --train <slots>      Jobs that are trained at the same time, beside what is served; 0 for none. A job takes only
                       memory that no loaded model uses, and leaves it with a checkpoint when a call needs it. It
                       computes on the cores that --threads leaves, on one at least. Default: 1.
  --train-memory <MiB> What all jobs may take together. Default: what the loaded models leave of --memory.
  --tasks <slots>      Files that are read at the same time, beside what is served; 0 for none. Each is read by a
                       process without rights, of at most 512 MiB and at the lowest priority. Default: 1.
  --python <on|off>    Whether programs in Python run here, for agents: each in a process without rights, with 256 MiB
                       and 10 seconds. One that is ready waits, in up to 260 MiB. With --tasks 0 none run. Default: on.
  --python-wheels <dir>
                       A folder with SymPy for agents' mathematics and programs: the wheels of sympy and mpmath that
                       node_modules/pyodide/pyodide-lock.json names, which must have its hashes. Nothing is fetched.
                       Default: none.
  --gpu <auto|off>     Whether to use a GPU where there is one. Default: auto.
  --drain <seconds>    How long running calls may go on after SIGTERM or an edge's order. Default: 30. What runs
                       longer is moved to another node. Whatever starts this node must wait longer than that
                       before it kills: docker stop --time, TimeoutStopSec of systemd.
  --metrics-port <n>   Serves Prometheus metrics on http://127.0.0.1:<n>/metrics. Default: off.
  --state-dir <dir>    Where the credential, the hashes of models, the files of running jobs and adapters that
                       were fetched are kept. Default: ~/.switchyard.
  --models-dir <dir>   Where downloaded models are kept. Default: models in the state folder.
  --help, --version

Each flag can also be a variable: SWITCHYARD_EDGE, SWITCHYARD_TOKEN, SWITCHYARD_MODEL, SWITCHYARD_ADAPTER and
SWITCHYARD_PRICE (several with commas between), SWITCHYARD_ADAPTER_CACHE, SWITCHYARD_NAME, SWITCHYARD_REGION,
SWITCHYARD_SLOTS, SWITCHYARD_CONTEXT, SWITCHYARD_THREADS, SWITCHYARD_MEMORY, SWITCHYARD_TRAIN,
SWITCHYARD_TRAIN_MEMORY, SWITCHYARD_TASKS, SWITCHYARD_PYTHON, SWITCHYARD_PYTHON_WHEELS, SWITCHYARD_GPU,
SWITCHYARD_DRAIN, SWITCHYARD_METRICS_PORT, SWITCHYARD_STATE_DIR, SWITCHYARD_MODELS_DIR. A flag wins.
A token is safer in a variable: other users of a machine can read its flags.

The log goes to stdout, one JSON object a line. SIGTERM lets running calls finish, SIGINT gives them two seconds; a
second one stops the node at once. It exits with 0 when it was stopped or drained, 2 for a wrong flag, and 1 when it
cannot go on: the join token or the credential was refused, which is known before a model is downloaded or loaded, or
a model cannot be loaded.
`

const isLoopback = ({ hostname: host }: URL): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]'

const Edge = z
  .string({ error: 'is required, e.g. --edge https://edge.example' })
  .transform((text, context) => {
    const url = URL.parse(text)
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (!url || !/^https?:$/.test(url.protocol))
      return refuse('must be an address such as https://edge.example')
    if (url.href !== `${url.origin}/`)
      return refuse('must be an address alone, without a path, query or password')
    if (url.protocol === 'http:' && !isLoopback(url)) {
      return refuse('must begin with https://, since the credential would travel in clear')
    }
    return url.origin
  })

const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }))
}

const Folder = z
  .string()
  .min(1, { error: 'needs a folder' })
  .transform((path) => resolve(path))

const Flags = z.object({
  edge: Edge,
  token: z
    .string()
    .regex(/^\S{1,500}$/, { error: 'must be a join token, without spaces' })
    .optional(),
  model: Models,
  adapter: z
    .array(z.string().min(1, { error: 'needs an adapter: model:name=file' }))
    .max(MAX_ADAPTERS, { error: `can be given at most ${MAX_ADAPTERS} times` })
    .prefault([]),
  'adapter-cache': wholeNumber(0, MAX_MEMORY_MIB).prefault('4096'),
  price: z
    .array(z.string().min(1, { error: 'needs a price: model=0.0008' }))
    .max(MAX_MODELS + MAX_ADAPTERS, { error: `can be given at most ${MAX_MODELS + MAX_ADAPTERS} times` })
    .prefault([]),
  embedding: z
    .array(z.string().min(1, { error: 'needs a model' }))
    .max(MAX_MODELS, { error: `can be given at most ${MAX_MODELS} times` })
    .prefault([]),
  name: z
    .string()
    .trim()
    .min(1, { error: 'must have at least one character' })
    .max(100, { error: 'can have at most 100 characters' })
    .optional(),
  region: z
    .string()
    .refine((name) => Region.safeParse(name).success, {
      error: 'must be up to 32 lower-case letters, digits and dashes, the first no dash',
    })
    .optional(),
  slots: wholeNumber(1, MAX_SLOTS).prefault('4'),
  context: wholeNumber(MIN_CONTEXT_TOKENS, MAX_CONTEXT_TOKENS).optional(),
  threads: wholeNumber(1, MAX_THREADS).optional(),
  memory: wholeNumber(1, MAX_MEMORY_MIB).optional(),
  train: wholeNumber(0, MAX_TRAINING_SLOTS).prefault('1'),
  'train-memory': wholeNumber(1, MAX_MEMORY_MIB).optional(),
  tasks: wholeNumber(0, MAX_TASK_SLOTS).prefault('1'),
  python: z.enum(['on', 'off'], { error: 'must be on or off' }).prefault('on'),
  'python-wheels': Folder.optional(),
  gpu: z.enum(['auto', 'off'], { error: 'must be auto or off' }).prefault('auto'),
  drain: wholeNumber(0, MAX_DRAIN_SECONDS).prefault(String(DRAIN_LIMIT_MS / 1_000)),
  'metrics-port': wholeNumber(1, 65_535).optional(),
  'state-dir': Folder.prefault(() => join(homedir(), '.switchyard')),
  'models-dir': Folder.optional(),
})

type FlagName = keyof typeof Flags.shape

export interface NodeConfig {
  edge: string
  token: string | undefined
  models: ModelSource[]
  adapters: AdapterSource[]
  /** Disk for adapters that are fetched from the edge; 0 for none. */
  adapterCacheMiB: number
  prices: Prices
  /** Models that are made for embeddings, as the operator says. */
  embeddings: Embeddings
  /** Undefined for the name that came with the join token. */
  name: string | undefined
  /** Undefined for the continent that it dials from. */
  region: string | undefined
  slots: number
  contextTokens: number | undefined
  threads: number | undefined
  /** The memory that loaded models may take together; undefined for what the machine has. */
  memoryMiB: number | undefined
  /** Jobs that are trained at the same time. */
  trainingSlots: number
  /** The memory that they may take together; undefined for what the loaded models leave. */
  trainingMemoryMiB: number | undefined
  /** Tasks that run at the same time. */
  taskSlots: number
  /** Whether programs in Python run here. */
  python: boolean
  /** The folder with SymPy. */
  pythonWheels: string | undefined
  gpu: 'auto' | 'off'
  metricsPort: number | undefined
  /** How long running calls may go on after SIGTERM. */
  drainMs: number
  stateDir: string
  modelsDir: string
}

export type NodeCommand = { kind: 'run'; config: NodeConfig } | { kind: 'help' } | { kind: 'version' }

type Environment = Readonly<Record<string, string | undefined>>

const OPTIONS = {
  edge: { type: 'string' },
  token: { type: 'string' },
  model: { type: 'string', multiple: true },
  adapter: { type: 'string', multiple: true },
  'adapter-cache': { type: 'string' },
  price: { type: 'string', multiple: true },
  embedding: { type: 'string', multiple: true },
  name: { type: 'string' },
  region: { type: 'string' },
  slots: { type: 'string' },
  context: { type: 'string' },
  threads: { type: 'string' },
  memory: { type: 'string' },
  train: { type: 'string' },
  'train-memory': { type: 'string' },
  tasks: { type: 'string' },
  python: { type: 'string' },
  'python-wheels': { type: 'string' },
  gpu: { type: 'string' },
  drain: { type: 'string' },
  'metrics-port': { type: 'string' },
  'state-dir': { type: 'string' },
  'models-dir': { type: 'string' },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
} as const

const usageError = (message: string): OperatorError => new OperatorError(message, { exitCode: EXIT_USAGE })

const variableOf = (flag: FlagName): string => `SWITCHYARD_${flag.toUpperCase().replace('-', '_')}`

/** Reads flags and variables. Throws an `OperatorError` that names the first wrong one. */
export function parseCommand(args: readonly string[], environment: Environment): NodeCommand {
  const values = parseFlags(args)
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  const fromEnvironment = new Set<unknown>()
  const given: Record<string, unknown> = { ...values }
  for (const flag of Object.keys(Flags.shape) as FlagName[]) {
    // The keys of this very object.
    const text = environment[variableOf(flag)]
    if (given[flag] !== undefined || !text) continue
    const isList = flag === 'model' || flag === 'adapter' || flag === 'price'
    // One alone by a variable: there are commas in it.
    if (flag === 'embedding') given[flag] = [text]
    else given[flag] = isList ? text.split(',').map((part) => part.trim()) : text
    fromEnvironment.add(flag)
  }
  const refuse = (flag: FlagName, message: string): never => {
    throw usageError(`${fromEnvironment.has(flag) ? variableOf(flag) : `--${flag}`} ${message}.`)
  }
  const { data, error } = Flags.safeParse(given)
  if (data === undefined) {
    const [issue] = error.issues
    return refuse(issue?.path[0] as FlagName, issue?.message ?? '') // An object's issue begins with one of its keys.
  }
  const read = <Value>(flag: FlagName, toValue: () => Value): Value => {
    try {
      return toValue()
    } catch (thrown) {
      return refuse(flag, causeOf(thrown))
    }
  }
  if (data['python-wheels'] !== undefined && (data.python === 'off' || data.tasks === 0))
    return refuse('python-wheels', 'is for programs in Python, and none run with --python off or --tasks 0')
  const adapters = read('adapter', () => toAdapterSources(data.adapter, data.model))
  const served = [
    ...data.model.map(({ id }) => id),
    ...adapters.map(({ model, suffix }) => adapterModelId(model, suffix)),
  ]
  const prices = read('price', () => toPrices(data.price, served))
  const ids = data.model.map(({ id }) => id)
  const embeddings = read('embedding', () => toEmbeddings(data.embedding, ids))
  return { kind: 'run', config: toConfig(data, { adapters, prices, embeddings }) }
}

function toConfig(
  flags: z.infer<typeof Flags>,
  { adapters, prices, embeddings }: Pick<NodeConfig, 'adapters' | 'prices' | 'embeddings'>,
): NodeConfig {
  const stateDir = flags['state-dir']
  return {
    edge: flags.edge,
    token: flags.token,
    models: flags.model,
    adapters,
    adapterCacheMiB: flags['adapter-cache'],
    prices,
    embeddings,
    name: flags.name,
    region: flags.region,
    slots: flags.slots,
    contextTokens: flags.context,
    threads: flags.threads,
    memoryMiB: flags.memory,
    trainingSlots: flags.train,
    trainingMemoryMiB: flags['train-memory'],
    taskSlots: flags.tasks,
    python: flags.python === 'on',
    pythonWheels: flags['python-wheels'],
    gpu: flags.gpu,
    metricsPort: flags['metrics-port'],
    drainMs: flags.drain * 1_000,
    stateDir,
    modelsDir: flags['models-dir'] ?? join(stateDir, 'models'),
  }
}

function parseFlags(args: readonly string[]) {
  const { tokens, values } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') throw usageError(`"${token.value}" is not a flag: see --help.`)
    if (token.kind !== 'option') continue
    const option = Object.entries(OPTIONS).find(([name]) => name === token.name)?.[1]
    if (!option) throw usageError(`${token.rawName} is not a flag of this command: see --help.`)
    // `--name --slots 4` is a forgotten value, as `parseArgs` itself says in its strict mode.
    const isMissing = token.value === undefined || (!token.inlineValue && token.value.startsWith('-'))
    if (option.type === 'string' && isMissing) throw usageError(`${token.rawName} needs a value.`)
    if (option.type === 'boolean' && token.value !== undefined)
      throw usageError(`${token.rawName} takes no value.`)
  }
  return values
}
