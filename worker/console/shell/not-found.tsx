import { CONSOLE_PATH } from '../../../shared/console/pages.ts'
import { Page } from './page.tsx'

/** The page of a path that the console does not have, or not for whoever asks. */
export const NotFound = () => (
  <Page title="There is no such page">
    <p>
      It may be for administrators, or its address may be misspelt.{' '}
      <a href={`${CONSOLE_PATH}/`}>To the start</a>
    </p>
  </Page>
)
