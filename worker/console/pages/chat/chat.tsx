import { Page } from '../../shell/page.tsx'

export function ChatPage() {
  return <Page title="Chat">…</Page>
}
