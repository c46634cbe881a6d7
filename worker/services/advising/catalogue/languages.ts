/** Languages of ISO 639-1 whose names people write, with those names: in English, and in the language itself. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  ar: ['arabic', 'arabe', 'العربية'],
  bg: ['bulgarian'],
  bn: ['bengali'],
  ca: ['catalan', 'català'],
  cs: ['czech', 'čeština'],
  cy: ['welsh', 'cymraeg'],
  da: ['danish', 'dansk'],
  de: ['german', 'deutsch', 'allemand'],
  el: ['greek', 'ελληνικά'],
  en: ['english', 'anglais', 'englisch', 'inglés'],
  es: ['spanish', 'español', 'espagnol', 'castilian'],
  et: ['estonian', 'eesti'],
  eu: ['basque', 'euskara'],
  fa: ['persian', 'farsi', 'فارسی'],
  fi: ['finnish', 'suomi'],
  fr: ['french', 'français', 'francais', 'französisch', 'francés'],
  ga: ['irish', 'gaeilge'],
  he: ['hebrew', 'עברית'],
  hi: ['hindi', 'हिन्दी'],
  hr: ['croatian', 'hrvatski'],
  hu: ['hungarian', 'magyar'],
  id: ['indonesian', 'bahasa indonesia'],
  is: ['icelandic', 'íslenska'],
  it: ['italian', 'italiano', 'italien'],
  ja: ['japanese', '日本語'],
  ko: ['korean', '한국어'],
  lt: ['lithuanian', 'lietuvių'],
  lv: ['latvian', 'latviešu'],
  mi: ['maori', 'māori'],
  ms: ['malay', 'bahasa melayu'],
  mt: ['maltese', 'malti'],
  nl: ['dutch', 'nederlands', 'flemish'],
  no: ['norwegian', 'norsk'],
  pl: ['polish', 'polski'],
  pt: ['portuguese', 'português', 'portugais'],
  ro: ['romanian', 'română'],
  ru: ['russian', 'русский'],
  sk: ['slovak', 'slovenčina'],
  sl: ['slovenian', 'slovenščina'],
  sr: ['serbian', 'srpski'],
  sv: ['swedish', 'svenska'],
  sw: ['swahili', 'kiswahili'],
  ta: ['tamil', 'தமிழ்'],
  th: ['thai', 'ไทย'],
  tr: ['turkish', 'türkçe'],
  uk: ['ukrainian', 'українська'],
  ur: ['urdu', 'اردو'],
  vi: ['vietnamese', 'tiếng việt'],
  zh: ['chinese', 'mandarin', '中文'],
}

const ALL_NAMES = Object.entries(NAMES).flatMap(([code, names]) => names.map((name) => [name, code] as const))
const codeOfName = new Map(ALL_NAMES)

const FORM = /^[a-z]{2,3}$/
const display = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })

/** Whether a text is the code of a language (ISO 639-1 or 639-3) that has a name. */
export const isLanguage = (code: string): boolean => FORM.test(code) && display.of(code) !== undefined

/** The name of a language in English. */
export const languageName = (code: string): string => display.of(code) ?? code

/** The code of a language that a text names, or is; undefined for what is neither. */
export function languageOf(text: string): string | undefined {
  const word = text.trim().toLowerCase()
  return codeOfName.get(word) ?? (/^[a-z]{2}$/.test(word) && isLanguage(word) ? word : undefined)
}

/** The languages that a text names by whole words, in the order of their codes. */
export function languagesIn(text: string): string[] {
  const words = new Set(text.toLowerCase().split(/[^\p{L}\p{M}]+/u))
  return [...new Set(ALL_NAMES.flatMap(([name, code]) => (words.has(name) ? [code] : [])))].toSorted()
}
