import koffi from 'koffi'

/** glibc's `M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD`. */
const [TRIM_THRESHOLD, MMAP_THRESHOLD] = [-1, -3]

/** Larger pieces of memory are given back to the system as soon as they are freed. */
const KEPT_BYTES = 256 * 1024

/**
 * Memory that is freed leaves the process. By itself glibc learns from the first large piece that is freed to keep the next
 * ones, and so a process may keep twice what it uses. Other libraries of C have nothing to be told.
 */
export function giveBackFreedMemory(): void {
  if (process.platform !== 'linux') return
  try {
    const setOption = koffi.load('libc.so.6').func('mallopt', 'int', ['int', 'int'])
    setOption(MMAP_THRESHOLD, KEPT_BYTES)
    setOption(TRIM_THRESHOLD, KEPT_BYTES)
  } catch {
    // not glibc
  }
}
