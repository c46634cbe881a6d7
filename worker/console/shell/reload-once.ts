/** Remembers, in this tab, that it was loaded anew because of a missing part. */
const MARK = 'switchyard.reloaded-at'

/** A second part that is missing within this time is no deploy: loading anew would go on for ever. */
const AGAIN_MS = 60_000

/** After a deploy a part of the page that was not loaded yet may be gone: the page is loaded anew, once. Drafts are kept elsewhere. */
export function keepAfterDeploys(): void {
  addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(MARK) ?? 0)
    if (Date.now() - last < AGAIN_MS) return
    event.preventDefault()
    sessionStorage.setItem(MARK, String(Date.now()))
    location.reload()
  })
}
