import { answerBy } from '../math/answer.ts'
import { NoResult } from '../math/math-fault.ts'
import { readQuestion } from '../math/question.ts'
import { type Ask, sympyAlgebra } from '../math/sympy/algebra.ts'
import { calculated } from './calculated.ts'
import type { ErrandOrder } from './errand-pipe.ts'
import { readyPython } from './pyodide.ts'

const python = await readyPython()
const algebra = sympyAlgebra(python.globals.get('_answer_question') as Ask) // `BRIDGE` defines it

function answer(words: string): string {
  const question = readQuestion(words)
  if (question.kind === 'value') throw new NoResult('SymPy is not asked for values.')
  return answerBy(algebra, question)
}

self.addEventListener('message', ({ data }) => {
  const { input } = data as ErrandOrder // `main.ts` alone sends to this thread
  self.postMessage(calculated(() => answer(input)))
})
self.postMessage({ ready: true })
