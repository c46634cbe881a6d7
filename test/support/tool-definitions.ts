/** A function that takes one text, as a tool's definition describes it. */
export const toolTaking = (key: string, name: string, description: string) => ({
  name,
  description,
  parameters: {
    type: 'object',
    properties: { [key]: { type: 'string' } },
    required: [key],
    additionalProperties: false,
  },
})

/** Tools that the starter model was trained with. */
export const STARTER_TOOLS = [
  toolTaking('query', 'web_search', 'Search the web.'),
  toolTaking('expression', 'math_calculator', 'Evaluate a math expression.'),
  toolTaking('code', 'python_executor', 'Run Python code.'),
] as const
