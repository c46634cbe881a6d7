import { answer } from '../math/answer.ts'
import { NoResult } from '../math/math-fault.ts'
import type { ErrandOrder, ErrandResult } from './errand-pipe.ts'

function run(expression: string): ErrandResult {
  try {
    return { output: answer(expression), failed: false }
  } catch (thrown) {
    if (thrown instanceof NoResult) return { output: thrown.message, failed: true }
    if (thrown instanceof RangeError) return { output: 'This is too deep or too large.', failed: true }
    throw thrown
  }
}

self.addEventListener('message', ({ data }) => {
  const { input } = data as ErrandOrder // `main.ts` alone sends to this thread
  self.postMessage(run(input))
})

// The standard output is for answers: what the engines remark goes elsewhere.
console.log = console.error

// The first calculation of each engine is slow: it is done before anybody waits.
run('1 + 1')
run('derivative of x^2')
self.postMessage({ ready: true })
