import type * as Api from './api.ts'
import { type ClientOptions, settingsOf } from './options.ts'
import { type ChatSocket, connectSocket, type SocketOptions } from './socket.ts'
import { type ChatStream, chatStream } from './stream.ts'
import { createTransport, type Transport } from './transport.ts'

/** Options of one call. */
export interface CallOptions {
  signal?: AbortSignal | undefined
}

function completionsOf({ begin, call }: Transport) {
  /** The whole answer, or with `stream: true` its pieces. Without a `model` the deployment chooses. */
  function create(request: Api.ChatRequest & { stream: true }, options?: CallOptions): Promise<ChatStream>
  function create(
    request: Api.ChatRequest & { stream?: false | undefined },
    options?: CallOptions,
  ): Promise<Api.ChatAnswer>
  async function create(
    { stream, ...json }: Api.ChatRequest & { stream?: boolean | undefined },
    { signal }: CallOptions = {},
  ): Promise<Api.ChatAnswer | ChatStream> {
    if (!stream) return call<Api.ChatAnswer>({ method: 'POST', path: '/api/chat/completions', json, signal })
    return chatStream(await begin({ method: 'POST', path: '/api/chat/stream', json, signal }))
  }
  return { create }
}

/**
 * Rajora's API. Every call throws `RajoraError` when it fails, after it was tried again where that is worth it: for failed
 * connections, 408, 429 and 5xx, at most `maxRetries` times, never once a stream has begun.
 */
export class RajoraClient {
  readonly auth
  readonly chat
  readonly models
  readonly admin

  constructor(options: ClientOptions = {}) {
    const settings = settingsOf(options)
    const transport = createTransport(settings)
    const { call } = transport
    const get = <Answer>(path: string, query?: object) => call<Answer>({ path, query })
    const modelPath = (id: string) => `/api/models/${encodeURIComponent(id)}`

    this.auth = {
      /** Makes an account; its key is shown here and never again. */
      register: (json: Api.Registration) =>
        call<Api.Registered>({ method: 'POST', path: '/api/auth/register', json }),
      /** An access token, for a client of its own: `new RajoraClient({ token })`. */
      login: (username: string, password: string) =>
        call<Api.Token>({ method: 'POST', path: '/api/auth/login', form: { username, password } }),
      /** The account behind the credential. */
      me: () => get<Api.User>('/api/auth/me'),
    }
    this.chat = {
      completions: completionsOf(transport),
      /** The account's conversations, the newest activity first. */
      conversations: {
        list: (page: Api.Page = {}) => get<Api.Conversation[]>('/api/chat/conversations', page),
      },
      /** A socket to talk over, which comes back by itself when its connection breaks. */
      connect: (socket: SocketOptions = {}): ChatSocket => connectSocket(settings, socket),
    }
    this.models = {
      list: () => get<Api.Model[]>('/api/models/list'),
      get: (id: string) => get<Api.Model>(modelPath(id)),
      benchmarks: (id: string) => get<Api.Benchmarks>(`${modelPath(id)}/benchmarks`),
    }
    this.admin = {
      stats: () => get<Api.Statistics>('/api/admin/stats'),
      config: () => get<Api.Config>('/api/admin/config'),
      /** Changes what is given, and leaves the rest. */
      updateConfig: (json: Api.ConfigChange) =>
        call<Api.Config>({ method: 'POST', path: '/api/admin/config', json }),
    }
  }
}
