import { configOf } from './env.ts'
import { ASSETS_PATH } from './http/docs.ts'
import { hostLabelOf, pathOf } from './http/mount.ts'
import type { Surface } from './http/surface.ts'
import { answeringTo } from './services/audit.ts'
import { placesOf } from './services/pool/places.ts'
import { agenticSurface } from './surfaces/agentic/index.ts'
import { claraSurface } from './surfaces/clara/index.ts'
import { dualquerySurface } from './surfaces/dualquery/index.ts'
import { mcpSurface } from './surfaces/mcp/index.ts'
import { openaiSurface } from './surfaces/openai/index.ts'
import { rajoraSurface } from './surfaces/rajora/index.ts'
import { rootSurface } from './surfaces/root/index.ts'
import { siraSurface } from './surfaces/sira/index.ts'
import { createServices, type Services } from './wiring.ts'

/**
 * Every surface is a whole app, chosen by the first host label or by the first path segment. Not by Hono's `route()`,
 * which drops a child's own 404.
 */
const mounts: Record<string, (services: Services) => Surface> = {
  v1: openaiSurface,
  rajora: rajoraSurface,
  agentic: agenticSurface,
  dualquery: dualquerySurface,
  sira: siraSurface,
  clara: claraSurface,
  mcp: mcpSurface,
}

export interface App {
  fetch(request: Request, env: Cloudflare.Env, context: ExecutionContext): Promise<Response>
}

/** Where a request goes: the mount's name, or undefined for the root. */
export function mountOf(url: URL, names: ReadonlySet<string>): string | undefined {
  const path = pathOf(url)
  // The pages of /docs load these from wherever they stand.
  if (path.startsWith(`${ASSETS_PATH}/`)) return undefined
  const label = hostLabelOf(url)
  if (names.has(label)) return label
  const [, segment] = path.split('/')
  return segment && names.has(segment) ? segment : undefined
}

function createApp(env: Cloudflare.Env): App {
  const services = createServices(env, configOf(env))
  const names = new Set(Object.keys(mounts))
  // Surfaces are built when they are first asked for: a start pays only for what it uses.
  const built = new Map<string | undefined, Surface>()
  const surfaceOf = (name: string | undefined): Surface => {
    let surface = built.get(name)
    if (!surface) {
      const create = name === undefined ? undefined : mounts[name]
      surface = create ? create(services) : rootSurface(services, Object.keys(mounts))
      built.set(name, surface)
    }
    return surface
  }
  let prepared = false
  return {
    async fetch(request, bindings, context) {
      services.locate(placesOf(request.cf))
      if (!prepared) await services.prepare()
      prepared = true
      return answeringTo(request.headers.get('cf-connecting-ip') ?? undefined, () =>
        surfaceOf(mountOf(new URL(request.url), names)).fetch(request, bindings, context),
      )
    },
  }
}

const apps = new WeakMap<Cloudflare.Env, App>()

/** The app of an isolate, built at its first request. */
export function appOf(env: Cloudflare.Env): App {
  let app = apps.get(env)
  if (!app) {
    app = createApp(env)
    apps.set(env, app)
  }
  return app
}
