/** Variables that a child process gets. A name that ends in `*` stands for all that begin with it. */
interface Passed {
  why: string
  names: readonly string[]
}

/**
 * All of the environment that native children see. A list of what they need, since what must not reach them has no end: tokens
 * of ours and of others, which a model's process, that opens files from strangers, has no use for.
 */
export const PASSED: readonly Passed[] = [
  {
    why: 'where programs and shared libraries are found, such as a GPU driver outside of the system folders',
    names: ['PATH', 'LD_LIBRARY_PATH', 'LD_PRELOAD', 'DYLD_LIBRARY_PATH', 'DYLD_FALLBACK_LIBRARY_PATH'],
  },
  {
    why: 'whose machine it is: drivers keep their compiled shaders and kernels in the home folder',
    names: [
      'HOME',
      'USER',
      'LOGNAME',
      'USERPROFILE',
      'XDG_CACHE_HOME',
      'XDG_CONFIG_DIRS',
      'XDG_CONFIG_HOME',
      'XDG_DATA_DIRS',
      'XDG_DATA_HOME',
      'XDG_RUNTIME_DIR',
    ],
  },
  { why: 'where temporary files go', names: ['TMPDIR', 'TEMP', 'TMP'] },
  {
    why: 'where Node.js keeps compiled code: a child starts in half the time',
    names: ['NODE_COMPILE_CACHE'],
  },
  { why: 'the language and clock of messages', names: ['LANG', 'LANGUAGE', 'LC_*', 'TZ'] },
  {
    why: 'what Windows itself needs to load a library',
    names: ['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'APPDATA', 'LOCALAPPDATA'],
  },
  {
    why: 'which GPUs there are and how they are used: CUDA, ROCm, oneAPI, Vulkan, Metal, and containers with them',
    names: [
      'CUDA_*',
      'NVIDIA_VISIBLE_DEVICES',
      'NVIDIA_DRIVER_CAPABILITIES',
      'NVIDIA_TF32_OVERRIDE',
      'HIP_*',
      'HSA_*',
      'ROCM_*',
      'ROCR_*',
      'GPU_DEVICE_ORDINAL',
      'ONEAPI_*',
      'SYCL_*',
      'ZE_*',
      'VK_*',
      'VULKAN_SDK',
      'MESA_*',
      'DRI_PRIME',
      'MTL_*',
    ],
  },
  {
    why: 'settings of llama.cpp, of ggml and of the library around them',
    names: ['GGML_*', 'NODE_LLAMA_CPP_*', 'LLAMA_SET_ROWS', 'LLAMA_GRAPH_REUSE_DISABLE'],
  },
  { why: 'threads of mathematical libraries', names: ['OMP_*', 'GOMP_*', 'KMP_*', 'OPENBLAS_*', 'MKL_*'] },
  { why: 'how memory is allocated', names: ['MALLOC_*', 'GLIBC_TUNABLES'] },
]

/** Names of variables that no child gets, whatever list they stand in. */
const SECRET_NAME = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|AUTH)$/

const exact = new Set(PASSED.flatMap(({ names }) => names.filter((name) => !name.endsWith('*'))))
const prefixes = PASSED.flatMap(({ names }) =>
  names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
)

/** Windows does not tell `Path` from `PATH`. */
function isPassed(name: string): boolean {
  const upper = name.toUpperCase()
  if (SECRET_NAME.test(upper)) return false
  return exact.has(upper) || prefixes.some((prefix) => upper.startsWith(prefix))
}

/** The part of an environment that a child process gets. */
export const passedEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => isPassed(name)))
