import { z } from '@hono/zod-openapi'

export const Service = z
  .object({ success: z.literal(true), service: z.string(), version: z.string() })
  .openapi('Service')

export const Health = z.object({ success: z.literal(true), status: z.literal('healthy') }).openapi('Health')

export const ErrorBody = z
  .object({
    success: z.literal(false),
    message: z.string(),
    error_code: z.string().openapi({ example: 'SERVICE_UNAVAILABLE' }),
    details: z.object({}),
  })
  .openapi('Error')

export const ValidationErrorBody = z
  .object({
    detail: z.array(
      z.object({ loc: z.array(z.union([z.string(), z.int()])), msg: z.string(), type: z.string() }),
    ),
  })
  .openapi('ValidationError')
