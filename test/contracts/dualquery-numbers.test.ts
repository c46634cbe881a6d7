import { beforeAll, describe, expect, it } from 'vitest'
import { COUNT_QUERY } from '../support/dataset-query.ts'
import { type Chatter, createChatter } from './dualquery-chatter.ts'

let ada: Chatter
beforeAll(async () => {
  ada = await createChatter()
})

/** The answer to a question for which the model writes this query. */
async function answerOf(file: string, query: object): Promise<string> {
  const chat = await ada.newChat({ dataset_id: await ada.newDataset(file) })
  const asked = ada.reply(chat, { content: 'How are the numbers?', query_type: 'analytics' })
  await ada.node.answer([JSON.stringify({ ...COUNT_QUERY, ...query })])
  return ((await (await asked).json()) as { content: string }).content
}
const of = (aggregate: string, column = 'sales') => ({ select: [{ aggregate, column }] })
const north = {
  where: [{ column: 'region', operator: '=', value: 'North' }],
  select: [{ aggregate: 'count' }],
}

describe('a real file', () => {
  it.each([
    [
      'whose rows end differently',
      'sales,region\n10,North\r\n20,South\r\n30,North',
      north,
      'count = 2 where region = "North"',
    ],
    [
      'whose header ends like Windows alone',
      'city\r\nNYC\nLA\nSF\n',
      { select: [{ aggregate: 'count' }] },
      'count = 3',
    ],
    [
      'that Excel says how to separate',
      'sep=;\r\nregion;sales\r\nNorth;1,5\r\nSouth;2\r\n',
      of('max'),
      'max(sales) = 2',
    ],
    ['of grouped thousands', 'sales\n"1,000"\n900\n"2,500"\n', of('max'), 'max(sales) = 2500'],
    ['of decimal commas', 'region;sales\nNorth;1,5\nSouth;2,25\n', of('sum'), 'sum(sales) = 3.75'],
    [
      'of grouped thousands and decimal commas',
      'region;sales\nNorth;1.000,50\nSouth;2\n',
      of('sum'),
      'sum(sales) = 1002.5',
    ],
    [
      'with nothing in some cells',
      'sales,n\nNA,1\n1,2\nNaN,3\n2,4\nnull,5\n-,6\n3,7\n',
      of('avg'),
      'avg(sales) = 2',
    ],
    [
      'with nothing, counted',
      'sales,n\nNA,1\n1,2\nNaN,3\n2,4\nnull,5\n-,6\n3,7\n',
      of('count'),
      'count(sales) = 3',
    ],
    ['of dollars', 'sales\n"$1,000.50"\n$2\n', of('sum'), 'sum(sales) = $1002.5'],
    ['of euros', 'region;sales\na;1.000,50 €\nb;2,00 €\n', of('sum'), 'sum(sales) = 1002.5 €'],
    ['of shares', 'sales\n12.5%\n7.5%\n', of('avg'), 'avg(sales) = 10%'],
    ['of losses in parentheses', 'sales\n"(1,000)"\n3000\n', of('sum'), 'sum(sales) = 2000'],
    [
      'of numbers but for a cell',
      'sales\n10\n20\nunknown\n30\n',
      of('sum'),
      'sum(sales) = 60\n\n1 cell of "sales" holds no number and was left out.',
    ],
  ])('%s is answered from', async (_case, file, query, content) => {
    expect(await answerOf(file, query)).toBe(content)
  })

  it.each(['007', '12E5', '+4915112345678'])('keeps %s as it is', async (name) => {
    const query = { where: [{ column: 'code', operator: '=', value: name }], select: [{ column: 'code' }] }
    expect(await answerOf(`code\n${name}\n42\n43\n44\n`, query)).toBe(`code = ${name} where code = "${name}"`)
  })

  it('tells what its columns hold', async () => {
    const id = await ada.newDataset(
      'price,share,code,note\n"$1,000",5%,007,x\n$2,7.5%,008,\n$3,6%,009,y\nfree,1%,010,z\n',
    )
    expect(await (await ada.ask(`/api/datasets/${id}`)).json()).toMatchObject({
      columns: [
        { name: 'price', type: 'integer', unit: '$', left_out: 1 },
        { name: 'share', type: 'real', unit: '%', left_out: 0 },
        { name: 'code', type: 'text', unit: null, left_out: 0 },
        { name: 'note', type: 'text', unit: null, left_out: 0 },
      ],
      preview_data: {
        rows: [['$1,000', '5%', '007', 'x'], [], [], []].map((row) =>
          row.length > 0 ? row : expect.anything(),
        ),
      },
    })
  })
})
