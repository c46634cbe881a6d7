import { expect } from 'vitest'

/** The input is refused, and the answer names what is wrong with it. */
export async function expectNamed(response: Response, param: string): Promise<void> {
  expect(response.status).toBe(400)
  const { error } = (await response.json()) as { error: { type: string; param: string; message: string } }
  expect(error.type).toBe('invalid_request_error')
  expect(error.param).toContain(param)
  expect(error.message).toContain(param)
}

export async function expectUnknownModel(response: Response): Promise<void> {
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } })
}
