import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DocumentPage } from '../../../shared/document-page.ts'
import { docxOf, paragraph } from '../../support/docx-file.ts'
import { isAlive } from '../../support/is-alive.ts'
import { pdfOf, textAt } from '../../support/pdf-file.ts'
import { sandboxes } from './bundle-setup.ts'

let world: Awaited<ReturnType<typeof sandboxes>>
beforeAll(async () => {
  world = await sandboxes()
})
afterAll(() => world.remove())

const pdf = pdfOf([{ drawing: textAt(72, 700, 'Hello.') }])

/** Speaks as a sandbox does. */
const SAYS = `
const say = (message) => {
  const text = new TextEncoder().encode(JSON.stringify(message))
  const frame = new Uint8Array(5 + text.length)
  new DataView(frame.buffer).setUint32(0, text.length + 1, true)
  frame.set(text, 5)
  Deno.stdout.writeSync(frame)
}
const output = (bytes) => {
  const frame = new Uint8Array(5 + bytes.length)
  new DataView(frame.buffer).setUint32(0, bytes.length + 1, true)
  frame[4] = 1
  frame.set(bytes, 5)
  Deno.stdout.writeSync(frame)
}
`

describe('a sandbox', () => {
  it('reads a PDF and a DOCX', async () => {
    const first = world.run(pdf)
    expect(await first.end).toMatchObject({ kind: 'done', figures: { pages: 1 } })
    const page = DocumentPage.parse(JSON.parse(readFileSync(first.output, 'utf8')))
    expect(page.blocks).toEqual([{ kind: 'paragraph', text: 'Hello.' }])
    const second = world.run(docxOf(paragraph('Hello.')), {
      work: { kind: 'extract', options: { format: 'docx' } },
    })
    expect(await second.end).toMatchObject({ kind: 'done' })
    expect(readFileSync(second.output, 'utf8')).toContain('Hello.')
  })

  it('says why a file cannot be read', async () => {
    expect(await world.run('Dear Sir or Madam').end).toMatchObject({ kind: 'fault', code: 'damaged' })
  })

  it('has no right to files, environment, network, processes, libraries or the machine’s facts', async () => {
    const escapes: Record<string, string> = {
      file: 'Deno.readTextFileSync("/etc/passwd")',
      folder: 'Deno.readDirSync("/").next()',
      own: 'Deno.readTextFileSync(Deno.execPath())',
      outside: 'Deno.readTextFileSync(new URL("../bundle/main.mjs", import.meta.url))',
      write: 'Deno.writeTextFileSync(new URL("./x", import.meta.url), "x")',
      environment: 'Deno.env.get("PATH")',
      environments: 'Deno.env.toObject()',
      network: 'await fetch("http://127.0.0.1:1/")',
      socket: 'await Deno.connect({ hostname: "127.0.0.1", port: 1 })',
      listen: 'Deno.listen({ port: 0 })',
      name: 'await Deno.resolveDns("localhost", "A")',
      process: 'new Deno.Command("true").outputSync()',
      kill: 'Deno.kill(1, "SIGTERM")',
      library: 'Deno.dlopen("libc.so.6", {})',
      host: 'Deno.hostname()',
      node: '(await import("node:child_process")).execSync("true")',
      nodeFile: '(await import("node:fs")).readFileSync("/etc/passwd")',
      remote: 'await import("https://127.0.0.1:1/x.mjs")',
      npm: 'await import("npm:left-pad")',
      worker: `await new Promise((resolve, reject) => {
        const worker = new Worker("data:text/javascript,postMessage(Deno.readTextFileSync('/etc/passwd'))", { type: "module" })
        worker.onmessage = resolve
        worker.onerror = (event) => { event.preventDefault(); reject(new Error("refused")) }
      })`,
    }
    const attempts = Object.entries(escapes).map(
      ([name, code]) => `try { ${code}; succeeded.push(${JSON.stringify(name)}) } catch {}`,
    )
    const main = `${SAYS}
      const succeeded = []
      ${attempts.join('\n')}
      output(new TextEncoder().encode(JSON.stringify(succeeded)))
      say({ type: 'done', figures: {} })
      Deno.exit(0)`
    const { end, output } = world.run('x', world.programs(main))
    expect(await end).toMatchObject({ kind: 'done' })
    expect(JSON.parse(readFileSync(output, 'utf8'))).toEqual([])
  })

  it('is killed at its time', async () => {
    const { end } = world.run('x', { ...world.programs('for (;;);'), limitMs: 1_500 })
    expect(await end).toMatchObject({
      kind: 'fault',
      code: 'time_limit',
      message: expect.stringMatching(/2 seconds/),
    })
  })

  it.each([
    ['outside of the heap', 'const kept = []; for (;;) kept.push(new Uint8Array(8_000_000).fill(1))'],
    ['in the heap', 'const kept = []; for (;;) kept.push({ a: Math.random(), b: [Math.random()] })'],
  ])('is killed at its memory: %s', async (_, main) => {
    const { end } = world.run('x', world.programs(main))
    expect(await end).toMatchObject({
      kind: 'fault',
      code: 'memory_limit',
      message: expect.stringMatching(/512 MB/),
    })
  })

  it('whose thread runs out of memory is known for it', async () => {
    // The program's own timer keeps it alive while its thread fails; the test waits for the sandbox's end.
    const main = `new Worker(new URL('./work.mjs', import.meta.url), { type: 'module' })
      await new Promise((resolve) => setTimeout(resolve, 60_000))`
    const work = 'const kept = []; for (;;) kept.push({ a: Math.random(), b: [Math.random()] })'
    const { end } = world.run('x', world.programs(main, work))
    expect(await end).toMatchObject({ kind: 'fault', code: 'memory_limit' })
  })

  it('writes as much as its output may have, and no more', async () => {
    const main = `${SAYS} output(new Uint8Array(1000)); say({ type: 'done', figures: {} }); Deno.exit(0)`
    const programs = world.programs(main)
    const limited = (maxBytes: number) => {
      const { end } = world.run('x', {
        ...programs,
        outputs: [{ name: 'pages', maxBytes, path: `${world.folder}/limited` }],
      })
      return end
    }
    expect(await limited(1_000)).toMatchObject({ kind: 'done', bytes: [1_000] })
    expect(await limited(999)).toMatchObject({ kind: 'fault', code: 'output_too_large' })
  })

  it.each([
    ['says nothing', 'Deno.exit(0)'],
    ['ends with an error', 'throw new Error("oops")'],
    ['speaks as none', 'console.log("hello to you, who reads this"); await new Promise(() => {})'],
    ['tells of what it cannot know', `${SAYS} say({ type: 'done', figures: { pages: 'many' } }); for (;;);`],
    [
      'tells of a fault that is none',
      `${SAYS} say({ type: 'fault', code: 'no_slot', message: 'x' }); for (;;);`,
    ],
    [
      'writes what nobody asked for',
      `${SAYS} const f = new Uint8Array(6); f[0] = 2; f[4] = 3; Deno.stdout.writeSync(f); for (;;);`,
    ],
  ])('that %s has died', async (_, main) => {
    expect(await world.run('x', world.programs(main)).end).toMatchObject({ kind: 'died' })
  })

  it('comes behind everything that is served', async () => {
    // As below: the test waits for the program to be killed, and never for its timer.
    const programs = world.programs('await new Promise((resolve) => setTimeout(resolve, 60_000))')
    const abort = new AbortController()
    const started = Promise.withResolvers<number>()
    const { end } = world.run('x', { ...programs, onStart: started.resolve }, abort.signal)
    const pid = await started.promise
    await expect.poll(() => getPriority(pid)).toBe(15)
    abort.abort()
    await end
  })

  it('is gone when it is stopped, and when it is killed from outside', async () => {
    // A program that ends by being killed alone: the test waits for that, and never for its timer.
    const programs = world.programs('await new Promise((resolve) => setTimeout(resolve, 60_000))')
    const abort = new AbortController()
    const started = Promise.withResolvers<number>()
    const { end } = world.run('x', { ...programs, onStart: started.resolve }, abort.signal)
    const pid = await started.promise
    expect(isAlive(pid)).toBe(true)
    abort.abort()
    await end
    expect(isAlive(pid)).toBe(false)
    const killed = world.run('x', { ...programs, onStart: (id) => process.kill(id, 'SIGKILL') })
    expect(await killed.end).toMatchObject({ kind: 'died' })
  })
})
