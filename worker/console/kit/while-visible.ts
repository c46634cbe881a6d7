import { useEffect } from 'preact/hooks'

/** Does something again and again, the next time after the last is done, and not while nobody sees the page. */
export function useWhileVisible(work: () => Promise<void>, everyMs: number): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const next = () => {
      clearTimeout(timer)
      if (isOver || document.visibilityState === 'hidden') return
      timer = setTimeout(() => void work().finally(next), everyMs)
    }
    const turn = () => {
      if (document.visibilityState === 'visible') void work().finally(next)
    }
    document.addEventListener('visibilitychange', turn)
    next()
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', turn)
    }
  }, [work, everyMs])
}
