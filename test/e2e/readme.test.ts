import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const HERE = '127.0.0.1:8787'

interface Block {
  line: number
  language: string
  text: string
}

/** The blocks of README between fences. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const [, language] = /^```(\w*)$/.exec(line) ?? []
    if (language === undefined) {
      if (open) open.text += `${line}\n`
    } else if (open) {
      blocks.push(open)
      open = undefined
    } else open = { line: index + 2, language, text: '' }
  }
  return blocks
}

const BLOCKS = blocksOf(readFileSync(join(ROOT, 'README.md'), 'utf8'))
const isSetting = ({ language, text }: Block) => language === 'sh' && text.startsWith('export ')
const SETTINGS = BLOCKS.filter(isSetting)
/** Those that ask an edge on this machine: others name machines of the reader's, or take minutes. */
const asksHere = ({ text }: Block) => text.includes(HERE) || /from '@rajora\/sdk'|from rajora /.test(text)
/** A block without the commands that name what an earlier answer has named, or somebody else's machine. */
const ownCommands = (block: Block): Block => ({
  ...block,
  text: block.text
    .split(/\n(?=curl )/)
    .filter((command) => !/_…|example\.com/.test(command))
    .join('\n'),
})
const SHELL = BLOCKS.filter((block) => block.language === 'sh' && !isSetting(block))
  .map(ownCommands)
  .filter((block) => asksHere(block) || block.text.includes('$BASE/'))
const PROGRAMS = BLOCKS.filter((block) => ['js', 'ts'].includes(block.language) && asksHere(block))

/** Debian's, with the packages of Debian that the SDK needs. */
const PYTHON = '/usr/bin/python3'
const PYTHON_PATH = join(ROOT, 'shared', 'sdk', 'rajora-python')
const PYTHON_PROGRAMS = BLOCKS.filter((block) => block.language === 'python')
/** Programs that train, which takes minutes. What they do is done by the same client in `fine-tuning.test.ts`. */
const TRAINING_PROGRAMS = BLOCKS.filter(
  ({ text }) => text.includes("'rows.jsonl'") || text.includes('"rows.jsonl"'),
)

/** Files of the reader's own, under the names that the samples have for them. */
const FILES: Record<string, string> = {
  'contract.txt': 'The notice of termination is three months.\n',
  'rows.jsonl': ['red', 'blue'].map((answer) => `{"prompt": "Which?", "completion": "${answer}"}\n`).join(''),
  'lora.yaml': BLOCKS.find(({ language }) => language === 'yaml')?.text ?? '',
  // A refusal fails its command.
  '.curlrc': 'fail-with-body\n',
}
/** Whether Python has what a program imports: OpenAI's client is none of ours and may be missing. */
const canRun = ({ text }: Block) => {
  const imports = text.split('\n').filter((line) => /^(import|from) /.test(line))
  const env = { ...process.env, PYTHONPATH: PYTHON_PATH }
  return spawnSync(PYTHON, ['-c', imports.join('\n')], { env }).status === 0
}

let edge: EdgeClient
let folder: string
let environment: Record<string, string> = {}

const execute = promisify(execFile)
const run = async (command: string, args: string[]) =>
  (await execute(command, args, { cwd: folder, env: { ...process.env, ...environment } })).stdout

/** A sample as its reader has it: their own edge, and the key that it printed. */
const asRead = (text: string) => text.replaceAll(HERE, new URL(edge.url).host).replaceAll('sk-…', edge.key)

beforeAll(async () => {
  edge = await sharedEdge()
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  // Inside of the repository, whose packages the samples import.
  folder = mkdtempSync(join(ROOT, '.cache', 'readme-'))
  const installed = join(folder, 'node_modules', '@rajora', 'sdk')
  mkdirSync(installed, { recursive: true })
  const packed = (
    await execute(process.execPath, [join(ROOT, 'scripts', 'sdk.ts')], { cwd: ROOT })
  ).stdout.trim()
  await execute('tar', ['xzf', packed, '-C', installed, '--strip-components', '1'])
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  environment.CURL_HOME = folder
  for (const { text } of SETTINGS) {
    const names = [...text.matchAll(/^export (\w+)=/gm)].map(([, name = '']) => name)
    const told = await run('bash', [
      '-ec',
      `${asRead(text)}\nfor name in ${names.join(' ')}; do echo "$name=\${!name}"; done`,
    ])
    environment = {
      ...environment,
      ...Object.fromEntries(
        told
          .trim()
          .split('\n')
          .map((line) => line.split(/=(.*)/, 2)),
      ),
    }
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the samples of README', { timeout: 60_000 }, () => {
  it('set what they need, and are those that are run here', () => {
    expect(environment).toMatchObject({ KEY: edge.key, RAJORA_API_KEY: expect.stringMatching(/^raj_/) })
    expect(environment).toMatchObject({ BASE: edge.url, TOKEN: expect.stringMatching(/^eyJ/) })
    expect(SHELL.length).toBeGreaterThanOrEqual(5)
    expect(TRAINING_PROGRAMS.map(({ language }) => language)).toEqual(['py', 'ts'])
    expect(PROGRAMS.length).toBeGreaterThanOrEqual(4)
    expect(PYTHON_PROGRAMS.length).toBeGreaterThanOrEqual(2)
  })

  it.each(SHELL.map(({ line, text }) => [line, text] as const))(
    'in the shell run, line %i',
    async (_line, text) => {
      expect(await run('bash', ['-ec', asRead(text)])).toMatch(/data: |\{/)
    },
  )

  it.each(PROGRAMS.map(({ line, language, text }) => [line, language, text] as const))(
    'that are programs run and say something, line %i',
    async (line, language, text) => {
      const file = join(folder, `line-${line}.m${language}`)
      writeFileSync(file, asRead(text))
      const said = (await run(process.execPath, [file])).trim()
      expect(said).not.toBe('')
      // A frame of the socket may tell of a failure.
      expect(said).not.toMatch(/\berror: /)
    },
  )

  it('that train are whole', async () => {
    for (const { line, language, text } of TRAINING_PROGRAMS) {
      const file = join(folder, `line-${line}.${language === 'ts' ? 'mts' : language}`)
      writeFileSync(file, text)
      if (language === 'ts') await run(process.execPath, ['--check', file])
      else await run('python3', ['-m', 'py_compile', file])
    }
  })

  it.each(PYTHON_PROGRAMS.map((block) => [block.line, block] as const))(
    'in Python are whole, and run where their packages are here, line %i',
    async (line, block) => {
      const file = join(folder, `line-${line}.py`)
      writeFileSync(file, asRead(block.text))
      await run('python3', ['-m', 'py_compile', file])
      if (!canRun(block)) return
      environment.PYTHONPATH = PYTHON_PATH
      expect((await run(PYTHON, [file])).trim()).not.toBe('')
    },
  )
})

describe('the introductions of the documentation', { timeout: 60_000 }, () => {
  it.each(['v1', 'rajora', 'dualquery', 'agentic', 'sira', 'clara'])(
    'of %s have a first call, which is answered',
    async (surface) => {
      const response = await fetch(`${edge.url}/${surface}/openapi.json`)
      const { info } = (await response.json()) as { info: { description?: string } }
      const [call] = blocksOf(info.description ?? '')
      expect(call?.language).toBe('sh')
      expect(await run('bash', ['-ec', call?.text ?? ''])).toMatch(/^[{[]/)
    },
  )
})
