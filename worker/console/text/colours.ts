import highlight from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import cpp from 'highlight.js/lib/languages/cpp'
import css from 'highlight.js/lib/languages/css'
import diff from 'highlight.js/lib/languages/diff'
import go from 'highlight.js/lib/languages/go'
import java from 'highlight.js/lib/languages/java'
import json from 'highlight.js/lib/languages/json'
import markdown from 'highlight.js/lib/languages/markdown'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'

const LANGUAGES = { bash, cpp, css, diff, go, java, json, markdown, python, rust, sql, typescript, xml, yaml }
for (const [name, language] of Object.entries(LANGUAGES)) highlight.registerLanguage(name, language)
highlight.registerAliases(['javascript', 'js', 'jsx'], { languageName: 'typescript' })
highlight.registerAliases(['c', 'h'], { languageName: 'cpp' })

/** Code with its words in spans. */
export const colourCode = (code: string, language: string): string | undefined =>
  highlight.getLanguage(language)
    ? highlight.highlight(code, { language, ignoreIllegals: true }).value
    : undefined
