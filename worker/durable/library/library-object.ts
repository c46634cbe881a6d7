import { DurableObject } from 'cloudflare:workers'
import { AppError } from '../../../shared/errors.ts'
import type { LibraryStub } from '../../services/library/library.ts'
import type { Serves } from '../../services/stubs.ts'
import type { LibraryServices } from './library-services.ts'

const notBuilt = (): never => {
  throw new AppError('internal', 'The library is not built yet.')
}

/** An account's documents, passages and what finds them. Keyed by the account's id. */
export class LibraryObject extends DurableObject<Cloudflare.Env> implements Serves<LibraryStub> {
  readonly #build: () => LibraryServices
  #built: LibraryServices | undefined

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, services: () => LibraryServices) {
    super(ctx, env)
    this.#build = services
  }

  get #services(): LibraryServices {
    this.#built ??= this.#build()
    return this.#built
  }

  add = notBuilt
  get = notBuilt
  findByFile = notBuilt
  list = notBuilt
  unsettled = notBuilt
  move = notBuilt
  waitSettled = notBuilt
  removeName = notBuilt
  remove = notBuilt
  missing = notBuilt
  index = notBuilt
  search = notBuilt
  documentsWith = notBuilt
  documentText = notBuilt
  createSet = notBuilt
  getSet = notBuilt
  listSets = notBuilt
  changeSet = notBuilt
  removeSet = notBuilt
  addToSet = notBuilt
  getSetMember = notBuilt
  listSetMembers = notBuilt
  removeFromSet = notBuilt
  fitted = notBuilt
  async clear(): Promise<void> {
    this.#services.log.info('library.cleared')
    await this.ctx.storage.deleteAll()
  }
}
