import { AppError } from '../../../shared/errors.ts'
import type { Account } from '../accounts/account-row.ts'

/**
 * The pool's model behind the one that a request names. A key that is bound to a model knows it by its id or name, and knows
 * no other: `forbidden` with param `model`.
 */
export function modelFor({ key }: Pick<Account, 'key'>, asked: string): string {
  if (!key?.model) return asked
  const { id, name, baseModel } = key.model
  if (asked !== id && asked !== name) {
    throw new AppError('forbidden', `This API key may only use the model '${name}'.`, { param: 'model' })
  }
  return baseModel
}

/** The pool's models as an account may name them: for a key that is bound to one, that one. */
export function namedFor<Model extends { id: string }>(
  { key }: Pick<Account, 'key'>,
  models: readonly Model[],
): Model[] {
  const bound = key?.model
  if (!bound) return [...models]
  return models.filter(({ id }) => id === bound.baseModel).map((model) => ({ ...model, id: bound.name }))
}
