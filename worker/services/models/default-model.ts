import { AppError } from '../../../shared/errors.ts'
import type { SettingsService } from '../administration/settings.ts'
import type { Inference } from '../inference/inference.ts'

/** The model of a request that names none: what the deployment has set, or else the first that the pool holds. */
export async function defaultModel(settings: SettingsService, inference: Inference): Promise<string> {
  const { defaultModel: chosen } = await settings.get()
  if (chosen !== null) return chosen
  const [first] = await inference.listModels()
  if (!first) {
    throw new AppError('no_capacity', 'No node that holds a model is connected.', { retryAfterSeconds: 2 })
  }
  return first.id
}
