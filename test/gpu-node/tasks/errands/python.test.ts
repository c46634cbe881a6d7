import { createServer } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_ERRAND_OUTPUT_LENGTH } from '../../../../shared/tasks/errands.ts'
import { doErrand, errandPlace } from './errands-setup.ts'

let place: Awaited<ReturnType<typeof errandPlace>>
beforeAll(async () => {
  place = await errandPlace()
}, 180_000)

const python = (code: string, limitMs?: number) => doErrand(place, 'python', code, limitMs)

/** Ways that programs try, each as an expression of JavaScript or a line of Python that must not come to an end. */
const BY_JAVASCRIPT: Record<string, string> = {
  runtime: 'Deno.readTextFileSync("/etc/passwd")',
  internals: 'Object.getOwnPropertyNames(globalThis).filter((name) => /^deno$/i.test(name))[0].length',
  files: 'await import("node:fs").then((fs) => fs.readFileSync("/etc/passwd"))',
  folders: 'await import("node:fs").then((fs) => fs.readdirSync("/"))',
  writes: 'await import("node:fs").then((fs) => fs.writeFileSync("/tmp/switchyard-escape", "x"))',
  environment: 'await import("node:process").then(({ env }) => env.PATH.length)',
  processes: 'await import("node:child_process").then((child) => child.execSync("true"))',
  signals: 'await import("node:process").then((own) => own.kill(own.ppid, 0))',
  sockets:
    'await import("node:net").then(({ connect }) => new Promise((resolve, reject) => connect(PORT, "127.0.0.1").on("connect", resolve).on("error", reject)))',
  fetch: 'await fetch("http://127.0.0.1:PORT/")',
  webSocket:
    'await new Promise((resolve, reject) => { const socket = new WebSocket("ws://127.0.0.1:PORT/"); socket.onopen = resolve; socket.onerror = () => reject(new Error("refused")) })',
  remote: 'await import("http://127.0.0.1:PORT/x.mjs")',
  packages: 'await import("npm:left-pad")',
  libraries: 'await import("node:ffi")',
  state: 'await caches.open("x")',
  storage: 'localStorage.setItem("a", "b")',
  thread: `await new Promise((resolve, reject) => {
    const code = "try { postMessage(Deno.readTextFileSync('/etc/passwd')) } catch (thrown) { postMessage(null) }"
    const worker = new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module" })
    worker.onmessage = ({ data }) => (data === null ? reject(new Error("refused")) : resolve(data))
    worker.onerror = (event) => { event.preventDefault(); reject(new Error("refused")) }
  })`,
}
const BY_PYTHON: Record<string, string> = {
  files: 'open("/etc/passwd").read()',
  node: 'open("/proc/self/environ").read()',
  secrets: 'import os; os.environ["PATH"] and os.environ["SWITCHYARD_TOKEN"]',
  fork: 'import os; os.fork()',
  shell: 'import subprocess; subprocess.run(["true"])',
  system: 'import os; assert os.system("true") == 0',
  sockets: 'import socket; socket.create_connection(("127.0.0.1", PORT), 1)',
  urls: 'import urllib.request; urllib.request.urlopen("http://127.0.0.1:PORT/", timeout=1).read()',
  libraries: 'import ctypes; ctypes.CDLL("libc.so.6").getpid()',
  packages: 'import micropip',
  threads: 'import threading; threading.Thread(target=print).start()',
}

/** A server that counts who comes. */
async function listen() {
  let visitors = 0
  const server = createServer((socket) => {
    visitors += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, visitors: () => visitors, close: () => server.close() }
}

describe('a program in Python', () => {
  it('tells what it prints and the value of its last line, and reads the standard library', async () => {
    const code = 'import statistics\nprint("mean", statistics.mean([1, 2, 6]))\n2 ** 100'
    expect(await python(code)).toEqual({
      kind: 'answer',
      output: 'mean 3\n1267650600228229401496703205376\n',
      failed: false,
    })
  })

  it('that fails tells where, beginning with its own lines', async () => {
    const end = await python('def f(x):\n    return 1 / x\nprint("é")\nf(0)')
    expect(end).toMatchObject({
      failed: true,
      output: expect.stringMatching(/^é\nTraceback[\s\S]*line 4[\s\S]*ZeroDivisionError/),
    })
    expect(await python('1 +')).toMatchObject({
      failed: true,
      output: expect.stringContaining('SyntaxError'),
    })
    expect(await python('import sys; sys.exit(3)')).toMatchObject({ failed: true })
    expect(await python('input()')).toMatchObject({
      failed: true,
      output: expect.stringContaining('EOFError'),
    })
    const deep = 'def f(n): return f(n + 1)\nf(0)'
    expect(await python(deep)).toMatchObject({ kind: 'answer', failed: true })
  })

  it('does not draw the same random numbers as the last', async () => {
    const code = 'import random; print(random.random())'
    expect(await python(code)).not.toEqual(await python(code))
  })

  it('prints as much as may be, and what it floods beyond is left out', async () => {
    const most = MAX_ERRAND_OUTPUT_LENGTH
    const all = await python(`import sys; n = sys.stdout.write("x" * ${most})`)
    expect(all).toMatchObject({ output: 'x'.repeat(most) })
    const flood = await python(`import sys; n = sys.stdout.write("x" * ${most + 1})`)
    expect(flood).toMatchObject({ output: expect.stringMatching(/\[the output was cut/) })
    expect(flood.kind === 'answer' && flood.output.length).toBe(most)
    const endless = await python('while True: print("x" * 10_000)', 1_500)
    expect(endless).toMatchObject({ kind: 'fault', code: 'time_limit' })
  })

  it('is stopped at its time, also in an endless loop of JavaScript', async () => {
    expect(await python('while True: pass', 1_000)).toMatchObject({ kind: 'fault', code: 'time_limit' })
    const code = 'from pyodide.code import run_js; run_js("for (;;);")'
    expect(await python(code, 1_000)).toMatchObject({ kind: 'fault', code: 'time_limit' })
  })

  it('has 256 MB, and what it takes beyond is refused', async () => {
    expect(await python('len(bytearray(150_000_000))')).toMatchObject({ output: '150000000\n' })
    expect(await python('len(bytearray(260_000_000))')).toMatchObject({
      failed: true,
      output: expect.stringContaining('MemoryError'),
    })
    const beside =
      'from pyodide.code import run_js; run_js("const kept = []; for (;;) kept.push(new Uint8Array(8e6).fill(1))")'
    expect(await python(beside)).not.toMatchObject({ failed: false })
  })

  it('has no way out: neither by JavaScript nor by itself', async () => {
    const host = await listen()
    const code = `
import pyodide.code
reached = []
for name, line in ${JSON.stringify(Object.entries(BY_PYTHON))}:
    try:
        exec(line.replace("PORT", "${host.port}"), {})
        reached.append("python " + name)
    except BaseException:
        pass
js = ${JSON.stringify(Object.entries(BY_JAVASCRIPT))}
tries = [pyodide.code.run_js("(async () => { " + code.replace("PORT", "${host.port}") + " })()") for name, code in js]
async def main():
    for (name, _), tried in zip(js, tries):
        try:
            await tried
            reached.append("javascript " + name)
        except BaseException as refused:
            pass
import asyncio
asyncio.run(main())
print(reached)
`
    const end = await python(code)
    host.close()
    expect(host.visitors()).toBe(0)
    expect(end).toEqual({ kind: 'answer', output: '[]\n', failed: false })
  }, 60_000)

  it('that logs by JavaScript is answered all the same', async () => {
    const code = 'from pyodide.code import run_js; run_js("console.log(1)"); 2'
    expect(await python(code)).toMatchObject({ kind: 'answer', output: '2\n' })
  })

  it('cannot leave anything to the next', async () => {
    const leave = 'import builtins; builtins.secret = 1; open("/tmp/secret", "w").write("x"); 1'
    expect(await python(leave)).toMatchObject({ failed: false })
    const look = 'import os, builtins; print(hasattr(builtins, "secret"), os.path.exists("/tmp/secret"))'
    expect(await python(look)).toMatchObject({ output: 'False False\n' })
  })
})
