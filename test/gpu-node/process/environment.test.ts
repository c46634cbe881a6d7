import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { passedEnvironment } from '../../../gpu-node/process/environment.ts'
import { RunningEngine } from '../engine/running-engine.ts'

describe('the environment of a child process', () => {
  it('holds what native libraries need', () => {
    const environment = {
      PATH: '/usr/bin',
      HOME: '/homes/node',
      LD_LIBRARY_PATH: '/opt/cuda/lib64',
      CUDA_VISIBLE_DEVICES: '1',
      GGML_VK_VISIBLE_DEVICES: '0',
      VK_ICD_FILENAMES: '/etc/vulkan/icd.d/nvidia_icd.json',
      ROCR_VISIBLE_DEVICES: '0',
      TMPDIR: '/scratch',
      NODE_COMPILE_CACHE: '/homes/node/switchyard/.cache/node',
      LC_ALL: 'de_DE.UTF-8',
      TZ: 'Europe/Berlin',
      OMP_NUM_THREADS: '2',
      Path: 'C:\\Windows',
    }
    expect(passedEnvironment(environment)).toEqual(environment)
  })

  it.each([
    'SWITCHYARD_TOKEN',
    'SWITCHYARD_EDGE',
    'HF_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'NVIDIA_API_KEY',
    'CUDA_API_TOKEN',
    'GGML_SECRET',
    'LLAMA_CLOUD_API_KEY',
    'DATABASE_URL',
    'NODE_OPTIONS',
    'constructor',
  ])('does not hold %s', (name) => {
    expect(passedEnvironment({ PATH: '/usr/bin', [name]: 'secret' })).toEqual({ PATH: '/usr/bin' })
  })

  it.runIf(process.platform === 'linux')("is all that a model's process sees", async () => {
    const secrets = { SWITCHYARD_TOKEN: 'join-secret', HF_TOKEN: 'hub-secret' }
    Object.assign(process.env, secrets)
    const running = await RunningEngine.create({ slots: 1 })
    for (const name of Object.keys(secrets)) delete process.env[name]
    const [pid] = running.engine.pids
    const seen = await readFile(`/proc/${pid}/environ`, 'utf8')
    await running.engine.close()
    expect(seen).toContain('PATH=')
    expect(seen).toContain('UV_THREADPOOL_SIZE=')
    expect(seen).not.toMatch(/SWITCHYARD_|HF_TOKEN|secret/)
  })
})
