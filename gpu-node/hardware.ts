import { execFile } from 'node:child_process'
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { causeOf } from '../shared/failure-cause.ts'
import type { Logger } from '../shared/log.ts'
import { Gpu, type Hardware } from '../shared/node.ts'
import { MIB } from '../shared/units.ts'

/** A driver that has not answered by now is treated as none. */
const PROBE_TIMEOUT_MS = 60_000

const PROBE = fileURLToPath(new URL('gpu-probe.ts', import.meta.url))

const bounded = (text: string, length: number): string => text.trim().slice(0, length)

/** The answer of the probe. */
const Probed = z.object({
  build: z.enum(['cpu', 'cuda', 'vulkan', 'metal']),
  gpus: z.array(Gpu).max(64),
})
type Probed = z.infer<typeof Probed>

/**
 * This machine's processors, memory and GPUs, and which of node-llama-cpp's builds computes on them. A GPU that cannot be
 * asked is logged and left out: the node then serves from the CPU.
 */
export async function detectHardware(
  gpu: 'auto' | 'off',
  log: Logger,
): Promise<{ hardware: Hardware; build: Probed['build'] }> {
  const { build, gpus } = gpu === 'auto' ? await detectGpus(log) : NO_GPU
  const hardware = {
    os: bounded(`${platform()} ${release()}`, 100),
    arch: bounded(arch(), 50),
    cpu: bounded(cpus()[0]?.model ?? '', 200) || 'unknown',
    cores: availableParallelism(),
    memoryMiB: Math.max(1, Math.floor(totalmem() / MIB)),
    gpus,
  }
  return { hardware, build: gpus.length > 0 ? build : 'cpu' }
}

const NO_GPU: Probed = { build: 'cpu', gpus: [] }

async function detectGpus(log: Logger): Promise<Probed> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [PROBE], {
      timeout: PROBE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    return Probed.parse(JSON.parse(stdout))
  } catch (thrown) {
    log.warn('gpu.probe_failed', {
      reason: causeOf(thrown).slice(0, 300),
    })
    return NO_GPU
  }
}
