import { AppError } from '../../../shared/errors.ts'
import { MAX_ACCOUNT_SOCKETS } from '../../services/conversations/socket-contract.ts'
import type { RoomServices } from './room-services.ts'

/** Where the room remembers what is written down of it. */
const ROOM = 'openRoom'
const ACCOUNT = 'openAccount'

type KeyValues = Pick<DurableObjectStorage['kv'], 'get' | 'put' | 'delete'>

/** The note of a room with sockets: that it is to be told when a credential ends, and how many it has. */
export class RoomNotice {
  readonly #kv: KeyValues
  readonly #openRooms: () => RoomServices['openRooms']

  constructor(kv: KeyValues, openRooms: () => RoomServices['openRooms']) {
    this.#kv = kv
    this.#openRooms = openRooms
  }

  /** One more socket is about to come in; `sockets` with it. Throws `conflict` where the account has as many as it may. */
  async enter(accountId: string, conversationId: string, sockets: number): Promise<void> {
    this.#kv.put(ROOM, conversationId)
    this.#kv.put(ACCOUNT, accountId)
    if (await this.#openRooms().note(accountId, conversationId, sockets)) return
    // A room that was lost with its sockets has not said so.
    this.#openRooms().recount(accountId)
    throw new AppError('conflict', `Your account has ${MAX_ACCOUNT_SOCKETS} sockets already: close some.`)
  }

  /** So many sockets are here now. */
  async count(sockets: number): Promise<void> {
    const [conversationId, accountId] = [this.#kv.get<string>(ROOM), this.#kv.get<string>(ACCOUNT)]
    if (conversationId === undefined) return
    if (sockets > 0) {
      if (accountId !== undefined) await this.#openRooms().note(accountId, conversationId, sockets)
      return
    }
    this.#kv.delete(ROOM)
    this.#kv.delete(ACCOUNT)
    await this.#openRooms().forget(conversationId)
  }
}
