import { readGgufFileInfo } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import { shapeOf } from '../../../gpu-node/model-files/shape.ts'
import { ModelShape } from '../../../shared/node.ts'
import { TINY_MODEL } from '../../support/tiny-model.ts'

const info = await readGgufFileInfo(TINY_MODEL, { sourceType: 'filesystem' })

describe('the shape of a model', () => {
  it('names the matrices of its layers, which are alike', () => {
    const shape = ModelShape.parse(shapeOf(info))
    expect(shape.layers).toBe(info.architectureMetadata.block_count)
    const widthOf = (name: string) => shape.matrices.find((matrix) => matrix.name === name)
    const width = info.architectureMetadata.embedding_length
    expect(widthOf('attn_q')).toMatchObject({ inputs: width })
    expect(widthOf('ffn_down')).toMatchObject({ outputs: width })
    expect(shape.matrices.map(({ name }) => name)).not.toContain('attn_norm')
  })

  it('is not told of a model whose layers differ', () => {
    const tensors = info.fullTensorInfo ?? []
    const without = (name: string) => tensors.filter((tensor) => tensor.name !== name)
    expect(shapeOf({ ...info, fullTensorInfo: without('blk.0.attn_q.weight') })).toBeUndefined()
    const wider = tensors.map((tensor) =>
      tensor.name === 'blk.1.ffn_up.weight' ? { ...tensor, dimensions: [7, 7] } : tensor,
    )
    expect(shapeOf({ ...info, fullTensorInfo: wider })).toBeUndefined()
    expect(shapeOf({ ...info, fullTensorInfo: [] })).toBeUndefined()
  })
})
