import { describe, expect, it } from 'vitest'
import { MAX_WISHES, splitRequest } from '../../../../../worker/services/agents/guided/splitting.ts'
import { countIn, wishIn } from '../../../../../worker/services/agents/guided/wishes.ts'

describe('a request', () => {
  it.each([
    ['Search for AI news', ['Search for AI news']],
    [
      'Search for the latest news about AI and summarize the top 3 findings',
      ['Search for the latest news about AI', 'summarize the top 3 findings'],
    ],
    [
      'Search for weather in Seoul AND analyze the uploaded temperature data',
      ['Search for weather in Seoul', 'analyze the uploaded temperature data'],
    ],
    [
      'Write Python code to calculate factorial of 10 and execute it',
      ['Write Python code to calculate factorial of 10', 'execute it'],
    ],
    [
      'Calculate 2+2, then search for cats; what time is it?',
      ['Calculate 2+2', 'search for cats', 'what time is it?'],
    ],
    ['What is 3.14 * 2? Search for salt and pepper.', ['What is 3.14 * 2?', 'Search for salt and pepper.']],
    ['Do this:\n- search for a\n- search for b', ['Do this:', 'search for a', 'search for b']],
    ['Search for "salt AND pepper; then more"', ['Search for "salt AND pepper; then more"']],
    ['Read https://a.example/x;y and search for z', ['Read https://a.example/x;y', 'search for z']],
    [' ?! ', []],
  ])('falls into its wishes: %j', (request, wishes) => {
    expect(splitRequest(request)).toEqual(wishes)
  })

  it('has the most wishes, and of one more the last two are one', () => {
    const of = (count: number) =>
      splitRequest(Array.from({ length: count }, (_, at) => `search for ${at}`).join('; '))
    expect(of(MAX_WISHES)).toHaveLength(MAX_WISHES)
    expect(of(MAX_WISHES + 1)).toHaveLength(MAX_WISHES)
    expect(of(MAX_WISHES + 1).at(-1)).toBe(`search for ${MAX_WISHES - 1}; search for ${MAX_WISHES}`)
  })

  it('is split in no time, however it is written', () => {
    for (const piece of ['and ', 'then, ', '"', '```', 'search ', '; ; ']) {
      const begun = performance.now()
      for (const part of splitRequest(piece.repeat(4_000 / piece.length))) wishIn(part)
      // A hundred times what it takes: only what explodes is to end here.
      expect(performance.now() - begun).toBeLessThan(2_000)
    }
  })
})

const call = (tool: string, args: object = {}) => ({ kind: 'call', tool, arguments: args })

describe('rules', () => {
  it.each([
    ['Search for the latest news about AI', 'latest news about AI'],
    ['Search for AI news', 'AI news'],
    ['search the web for solar panels', 'solar panels'],
    ['Could you please look up "heat pumps"?', 'heat pumps'],
    ['google best pizza in Rome', 'best pizza in Rome'],
    ['find information about the Peace of Westphalia', 'Peace of Westphalia'],
    ["What's the weather in Seoul?", 'weather in Seoul'],
    ['What are the latest news about chips?', 'latest news about chips'],
    ['Show me the news about chips', 'news about chips'],
    ['Do a web search for cats', 'cats'],
  ])('search the web: %s', (words, query) => {
    expect(wishIn(words)).toEqual(call('web_search', { query }))
  })

  it.each([
    [
      'Based on the uploaded contract document, what are the termination conditions?',
      'what are the termination conditions',
    ],
    ['What does my lease say about pets?', 'What does say about pets'],
    ['Search my documents for the word zebra', 'word zebra'],
    ['According to the attached report, who won?', 'who won'],
  ])('search documents: %s', (words, query) => {
    expect(wishIn(words)).toEqual(call('search_documents', { query }))
  })

  it.each([
    ['Calculate the derivative of x^3 + 2x^2 - 5x + 7', 'derivative of x^3 + 2x^2 - 5x + 7'],
    ['calculate 12 * (3 + 4)', '12 * (3 + 4)'],
    ['solve x^2 - 4 = 0', 'solve x^2 - 4 = 0'],
    ['What is the square root of 144?', 'square root of 144'],
    ['What is 17 * 23?', '17 * 23'],
    ['compute the integral of x^2', 'integral of x^2'],
    ['Convert 5 miles to km', '5 miles to km'],
  ])('calculate: %s', (words, expression) => {
    expect(wishIn(words)).toMatchObject(call('math_calculator', { expression }))
  })

  it.each([
    ['What time is it?', call('current_time')],
    ['what is the current time in Seoul', call('current_time', { time_zone: 'Seoul' })],
    ['What is the date today', call('current_time')],
    ['Remember that the dog is called Rex.', call('remember', { text: 'the dog is called Rex' })],
    ['What did I ask you to remember about the dog?', call('recall', { query: 'dog' })],
    ['What do you remember?', call('recall')],
    ['Summarize https://a.example/b?c=d.', call('fetch_url', { url: 'https://a.example/b?c=d' })],
    ['Run this Python: ```python\nprint(1)\n```', call('python_executor', { code: 'print(1)' })],
    ['Write Python code to calculate factorial of 10', { kind: 'program' }],
    ['execute it', { kind: 'same' }],
    ['summarize the top 3 findings', { kind: 'shorten', count: 3 }],
    ['list the results', { kind: 'shorten', count: undefined }],
  ])('understand %s', (words, wish) => {
    expect(wishIn(words)).toEqual(wish)
  })

  it('analyse data, or documents where there is no table', () => {
    const instead = call('search_documents', { query: 'temperature data' })
    expect(wishIn('analyze the uploaded temperature data')).toEqual({ ...call('analyze_data'), instead })
  })

  it.each([
    'Hello, how are you?',
    'What is the capital of France?',
    'Who wrote Faust?',
    'What is the derivative of a function?',
    'What is the date of the battle of Hastings?',
    'I remember that day well.',
    'Write a poem about the sea.',
    'My research and development team is large.',
    'What time does the train leave?',
  ])('understand nothing where nothing is asked of a tool: %s', (words) => {
    expect(wishIn(words)).toBeUndefined()
  })

  it.each([
    ['the top 1', 1],
    ['the first 10 results', 10],
    ['the top 11', undefined],
    ['the top 0', undefined],
    ['all of it', undefined],
  ])('count %s', (words, count) => {
    expect(countIn(words)).toBe(count)
  })
})
