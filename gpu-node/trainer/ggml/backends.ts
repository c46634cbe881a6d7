import type { Ggml } from './library.ts'
import { DeviceKind, type Pointer } from './signatures.ts'

/** The devices that compute. ggml wants the CPU last: it takes what the others cannot. */
export interface Backends {
  readonly all: readonly Pointer[]
  /** Where weights lie and most is computed. */
  readonly primary: Pointer
  readonly cpu: Pointer
  close(): void
}

export interface BackendOptions {
  /** CPU threads. No more than there are free cores: they wait for each other by spinning. */
  threads: number
  /** Whether GPUs are used where there are any. */
  gpu: boolean
}

/** Opens the CPU and, where they are wanted, the GPUs. */
export function openBackends(ggml: Ggml, { threads, gpu }: BackendOptions): Backends {
  const gpus = gpu ? openGpus(ggml) : []
  const cpu = ggml.ggml_backend_init_by_type(DeviceKind.CPU, null)
  if (cpu === null) throw new Error('The CPU cannot be used for computing.')
  ggml.setThreads(cpu, threads)
  const all = [...gpus, cpu]
  return {
    all,
    primary: all[0] ?? cpu,
    cpu,
    close: () => {
      for (const backend of all) ggml.ggml_backend_free(backend)
    },
  }
}

function openGpus(ggml: Ggml): Pointer[] {
  const devices = Array.from({ length: ggml.ggml_backend_dev_count() }, (_, index) =>
    ggml.ggml_backend_dev_get(index),
  )
  return devices
    .filter((device) => ggml.ggml_backend_dev_type(device) === DeviceKind.GPU)
    .flatMap((device) => ggml.ggml_backend_dev_init(device, '') ?? [])
}
