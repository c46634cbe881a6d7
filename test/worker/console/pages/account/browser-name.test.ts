import { expect, it } from 'vitest'
import { browserNameOf } from '../../../../../worker/console/pages/account/browser-name.ts'

const KHTML = 'AppleWebKit/537.36 (KHTML, like Gecko)'

it.each([
  [
    'Firefox 142 on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0',
  ],
  ['Chrome 141 on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${KHTML} HeadlessChrome/141.0.0.0 Safari/537.36`],
  [
    'Chrome 141 on Android',
    `Mozilla/5.0 (Linux; Android 10; K) ${KHTML} Chrome/141.0.0.0 Mobile Safari/537.36`,
  ],
  [
    'Chrome 141 on ChromeOS',
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${KHTML} Chrome/141.0.0.0 Safari/537.36`,
  ],
  [
    'Edge 141 on Windows',
    `Mozilla/5.0 (Windows NT 10.0) ${KHTML} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`,
  ],
  [
    'Opera 122 on macOS',
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${KHTML} Chrome/138.0 Safari/537.36 OPR/122.0`,
  ],
  [
    'Samsung Internet 28 on Android',
    `Mozilla/5.0 (Linux; Android 10; K) ${KHTML} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36`,
  ],
  [
    'Safari 18 on macOS',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
  ],
  [
    'Safari 18 on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1',
  ],
  [
    'Chrome 141 on iPad',
    'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 CriOS/141.0 Mobile/15E148 Safari/604.1',
  ],
  ['curl 8', 'curl/8.5.0'],
  ['node', 'node'],
  ['A browser of its own kind on Linux', 'Mozilla/5.0 (X11; Linux x86_64) Something/1.0'],
  ['A browser of its own kind', '<script>alert(1)</script>'],
  ['A browser of its own kind', ''],
  ['Unnamed', null],
])('%s is what a person reads', (words, userAgent) => {
  expect(browserNameOf(userAgent)).toBe(words)
})
