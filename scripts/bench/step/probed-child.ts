import { LlamaModel } from 'node-llama-cpp'
import '../../../gpu-node/engine/child/main.ts'
import { type FromProbe, StepProbe, type ToProbe } from './step-probe.ts'

// The process that runs one model, as it is, with a watch on what it asks of the addon.

const probe = new StepProbe()

const createContext = LlamaModel.prototype.createContext
LlamaModel.prototype.createContext = async function (this: LlamaModel, ...args) {
  const context = await createContext.apply(this, args)
  probe.watch(context)
  return context
}

const { send } = process
if (send) {
  process.send = new Proxy(send, {
    apply: (write, _, args) => probe.tell(() => Reflect.apply(write, process, args)),
  })
}

process.on('message', (message) => {
  const { type, ...told } = message as ToProbe // or what the engine is told, which is none of ours
  if (type === 'probe.begin' && 'streams' in told) probe.begin(told.streams)
  if (type === 'probe.end') process.send?.({ type: 'probe.sums', sums: probe.end() } satisfies FromProbe)
})
