import { AppError } from '../../shared/errors.ts'
import type { Settings } from '../services/administration/settings.ts'

const WORDS: Record<keyof Settings['features'], string> = {
  chat: 'Chat is switched off.',
  streaming: 'Streaming is switched off: ask for the whole answer.',
}

/**
 * Throws `maintenance` when an administrator has switched a feature of the deployment off. The switch holds on every
 * surface; one without switches (`settings` is absent) has all features.
 */
export function requireFeature(
  settings: Pick<Settings, 'features'> | undefined,
  feature: keyof Settings['features'],
): void {
  if (settings && !settings.features[feature]) throw new AppError('maintenance', WORDS[feature])
}
