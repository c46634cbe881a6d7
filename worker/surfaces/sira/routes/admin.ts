import { createRoute } from '@hono/zod-openapi'
import { requireAdmin } from '../../../http/auth.ts'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import type { Stats } from '../../../services/administration/stats.ts'
import { failures, SECURITY } from '../responses.ts'
import { Statistics } from '../schemas.ts'

const getStatistics = createRoute({
  method: 'get',
  path: '/api/admin/stats',
  operationId: 'getStatistics',
  tags: ['Admin'],
  security: SECURITY,
  summary: 'What the service has done, counted',
  middleware: requireAdmin,
  responses: { 200: json(Statistics, 'The figures.'), ...failures(401, 403) },
})

export function adminRoutes(app: Surface, stats: Pick<Stats, 'advising'>): void {
  app.openapi(getStatistics, async (c) => {
    const figures = await stats.advising()
    return c.json(
      {
        total_users: figures.accounts,
        total_profiles: figures.profiles,
        total_recommendations: figures.recommendations,
        total_conversations: figures.conversations,
        active_sessions: figures.activeAccounts,
        avg_response_time_ms: figures.averageMs === null ? null : Math.round(figures.averageMs),
        system_health: figures.isServed ? ('healthy' as const) : ('degraded' as const),
      },
      200,
    )
  })
}
