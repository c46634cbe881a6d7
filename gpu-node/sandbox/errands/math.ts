import { answer } from '../math/answer.ts'
import { calculated } from './calculated.ts'
import type { ErrandOrder } from './errand-pipe.ts'

const run = (words: string) => calculated(() => answer(words))

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
