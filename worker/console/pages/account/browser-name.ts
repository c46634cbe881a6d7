/** Products by their mark in the text, the special ones first: most browsers name those that they are like, too. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\/(\d+)/, 'Edge'],
  [/\b(?:OPR|OPT)\/(\d+)/, 'Opera'],
  [/\bVivaldi\/(\d+)/, 'Vivaldi'],
  [/\bSamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|Chromium|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
]

/** Systems by their mark, the special ones first: an iPhone is "like Mac OS X", and Android says that it is Linux. */
const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bWindows NT\b/, 'Windows'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** A program that is no browser calls itself by its name: `curl/8.5.0`. */
const PROGRAM = /^([\w.-]{1,40})(?:\/(\d+))?/

function productIn(text: string): string | undefined {
  for (const [mark, name] of BROWSERS) {
    const found = mark.exec(text)
    if (found) return `${name} ${found[1]}`
  }
  const [, name, version] = PROGRAM.exec(text) ?? []
  if (name === undefined || name === 'Mozilla') return undefined
  return version === undefined ? name : `${name} ${version}`
}

/** A browser and its system in words, by what it says of itself (RFC 9110 §10.1.5): `Firefox 142 on Windows`. */
export function browserNameOf(userAgent: string | null): string {
  if (userAgent === null) return 'Unnamed'
  const product = productIn(userAgent)
  const system = SYSTEMS.find(([mark]) => mark.test(userAgent))?.[1]
  if (system === undefined) return product ?? 'A browser of its own kind'
  return `${product ?? 'A browser of its own kind'} on ${system}`
}
