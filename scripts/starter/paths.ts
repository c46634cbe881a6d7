import { join } from 'node:path'
import { ROOT } from '../root.ts'

/** The model that comes along. */
export const STARTER_PATH = join(ROOT, 'gpu-node', 'models', 'starter.gguf')

/** Its card. */
export const CARD_PATH = join(ROOT, 'gpu-node', 'models', 'starter.md')

/** Everything that is half done lies here, a folder for each recipe, so that a run that was stopped goes on; remove it to begin anew. */
export const WORK = join(ROOT, '.cache', 'starter')
