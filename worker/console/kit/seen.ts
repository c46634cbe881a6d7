/** Does something while somebody sees the page: ended when it is hidden, begun again when it is shown. Answers with the end of it all. */
export function whileSeen(begin: (stop: AbortSignal) => void): () => void {
  let current: AbortController | undefined
  const turn = () => {
    current?.abort()
    current = undefined
    if (document.visibilityState === 'hidden') return
    current = new AbortController()
    begin(current.signal)
  }
  turn()
  document.addEventListener('visibilitychange', turn)
  return () => {
    document.removeEventListener('visibilitychange', turn)
    current?.abort()
  }
}
