/** Remembers, in this tab, that it was loaded anew because of a missing part. */
const MARK = 'switchyard.reloaded-at'

/** A second part that is missing within this time is no deploy: loading anew would go on for ever. */
const AGAIN_MS = 60_000

async function reloadOnce(): Promise<void> {
  const last = Number(sessionStorage.getItem(MARK) ?? 0)
  if (Date.now() - last < AGAIN_MS) return
  // Where the edge does not answer, no deploy is the reason, and loading anew would take away what is there.
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => undefined)
  if (!answer?.ok) return
  sessionStorage.setItem(MARK, String(Date.now()))
  location.reload()
}

/** After a deploy a part of the page that was not loaded yet may be gone: the page is loaded anew, once. Drafts are kept elsewhere. */
export const keepAfterDeploys = (): void => addEventListener('vite:preloadError', () => void reloadOnce())
