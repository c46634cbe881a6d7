import type { Context, MiddlewareHandler } from 'hono'
import type { Account } from '../services/accounts/accounts.ts'
import { clientAddressOf } from './client-ip.ts'
import { byAddress, REGISTRATIONS_WINDOW } from './limit-policy.ts'
import { limitError } from './limits.ts'
import { requireOpen } from './maintenance.ts'
import { operationOf } from './operation.ts'
import type { SurfaceEnv, SurfaceOptions } from './surface-env.ts'

type Known = { account: Account | undefined; refusal: unknown }

/**
 * Who asks, whether the deployment is open to them, and whether they asked too often, in one look at the limiter. A caller
 * whom `authenticate` refuses is counted by address all the same; what does not exist is answered as such further on.
 */
export function entry(options: SurfaceOptions): MiddlewareHandler<SurfaceEnv> {
  const { authenticate, guards, limits, registrationRoute } = options
  const publicRoutes = new Set(options.publicRoutes)
  const loginRoutes = new Set(options.loginRoutes)
  const spendingRoutes = new Set(options.spendingRoutes)
  const unlimitedRoutes = new Set(options.unlimitedRoutes)

  async function identify(c: Context<SurfaceEnv>, operation: string | undefined): Promise<Known> {
    // What does not exist is answered as such below; what exists is open only when it is listed.
    if (operation === undefined || publicRoutes.has(operation))
      return { account: undefined, refusal: undefined }
    try {
      return { account: await authenticate(c), refusal: undefined }
    } catch (refusal) {
      return { account: undefined, refusal }
    }
  }

  return async (c, next) => {
    const operation = operationOf(c)
    const { account, refusal } = await identify(c, operation)
    if (account) {
      c.set('account', account)
      c.set('stillMay', () => authenticate(c))
    }
    if (guards) {
      const settings = await guards.settings.get()
      c.set('settings', settings)
      const staysOpen =
        operation === undefined ||
        loginRoutes.has(operation) ||
        (publicRoutes.has(operation) && c.req.method === 'GET')
      if (!staysOpen) requireOpen(settings, account)
      const isLimited = operation === undefined || !unlimitedRoutes.has(operation)
      // Whoever has spent the day's tokens can still do everything else, raising the limit included.
      const spends = operation !== undefined && spendingRoutes.has(operation) && !options.spendsNothing?.(c)
      const caller = { account, address: clientAddressOf(c), spends }
      const checks = isLimited && limits ? limits.policy(caller, settings) : []
      if (operation !== undefined && operation === registrationRoute)
        checks.push(byAddress(caller.address, [REGISTRATIONS_WINDOW]))
      if (checks.length > 0) {
        const answer = await guards.limiter.check(checks)
        if (answer) c.set('limits', answer)
        else c.set('unlimited', true)
        if (answer?.refusedBy) throw limitError(answer, limits?.message)
      }
    }
    if (refusal !== undefined) throw refusal
    await next()
  }
}
