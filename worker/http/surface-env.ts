import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/log.ts'
import type { Account } from '../services/accounts/accounts.ts'
import type { Settings, SettingsService } from '../services/administration/settings.ts'
import type { Idempotency } from '../services/idempotency.ts'
import type { LimitAnswer, Limiter } from '../services/limits/limiter.ts'
import type { Traffic } from '../services/metering/traffic.ts'
import type { BodyKind, ReadBody } from './input/read-body.ts'
import type { ContractLimits } from './limit-policy.ts'

/** The environment of a surface's routes, as Hono types it: bindings, and what earlier middleware leaves to later. */
export interface SurfaceEnv {
  Bindings: Cloudflare.Env
  Variables: {
    requestId: string
    /** Present on every route that is not public, unless the surface lets callers in without one. */
    account?: Account
    /** Looks again whether the credential that came is good: rejects when it is no longer. Beside `account`. */
    stillMay?: () => Promise<unknown>
    /** The switches as they stood when the request came in; where a surface has them. */
    settings?: Settings
    /** The body of the request where it is JSON or a form; undefined where there is none. */
    body?: ReadBody | undefined
    /** The answer of the limiter, for the headers. */
    limits?: LimitAnswer
    /** The limiter could not be asked. */
    unlimited?: boolean
    /** The model that the request names, for the log. */
    model?: string
    /** The caller's own name for its end user, for the log. */
    endUser?: string
  }
}

/** The services that stand between a request and every route of a surface; a surface without accounts (the root) has none of it. */
export interface Guards {
  limiter: Limiter
  settings: SettingsService
  idempotency: Idempotency
}

type SecurityScheme = Parameters<OpenAPIHono['openAPIRegistry']['registerComponent']>[2]

/** One contract, without its routes. */
export interface SurfaceOptions {
  /** Short name, for the log. */
  name: string
  /** The host label and the first path segment that lead here, where those are not part of the routes' own paths. */
  mount?: string
  /** The beginning of every path of this surface. */
  basePath: string
  title: string
  version: string
  /** The first words of its documentation, with a first call. `{server}` is where its paths begin, `{root}` where `/v1` does. */
  introduction?: string
  /** The body this contract documents for a failure. */
  errorBody: (error: AppError) => object
  /** The status of a failure where this contract departs from `shared/errors.ts`. */
  statusOf?: (error: AppError) => ContentfulStatusCode | undefined
  /** Who is asking; undefined where this surface lets callers in without an account. Throws `unauthenticated`. */
  authenticate: (c: Context<SurfaceEnv>) => Promise<Account | undefined>
  /** The operations that anyone may call, as `METHOD /path`. Every other route asks for an account. */
  publicRoutes: readonly string[]
  /** The public operation by which anyone makes an account, as `METHOD /path`. */
  registrationRoute?: string
  /** The public operations that stay open during maintenance, so that administrators can come in. */
  loginRoutes?: readonly string[]
  guards?: Guards
  limits?: ContractLimits
  /** Operations that are not limited, as `METHOD /path`. */
  unlimitedRoutes?: readonly string[]
  /** The operations that run a model, as `METHOD /path`: they alone are refused when the day's tokens are spent. */
  spendingRoutes?: readonly string[]
  /** Whether a request to one of those runs no model after all: what it hears was paid for. */
  spendsNothing?: (c: Context<SurfaceEnv>) => boolean
  /** Headers of this contract's own that pages of other origins may read, beside those of its limits. */
  exposedHeaders?: readonly string[]
  /** Operations whose body is not JSON. */
  bodies?: Readonly<Record<string, BodyKind>>
  /** How a caller names itself, for the document's "Authorize". */
  securitySchemes: Record<string, SecurityScheme>
  traffic: Pick<Traffic, 'note'>
  log: Logger
  /** Of a development machine: no HSTS, and pages of this machine alone may call. */
  isDevelopment: boolean
}
