import { render } from 'preact'
import { App } from './shell/app.tsx'
import { keepAfterDeploys } from './shell/reload-once.ts'
import { applyTheme } from './shell/theme.ts'
import './style/base.css'
import './style/controls.css'
import './style/layout.css'
import './style/chat.css'
import './style/things.css'

const root = document.getElementById('app')
if (!root) throw new Error('index.html has no place for the console.')
applyTheme()
keepAfterDeploys()
render(<App />, root)
