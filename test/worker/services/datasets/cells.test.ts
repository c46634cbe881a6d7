import { describe, expect, it } from 'vitest'
import { cellValue, typeOf } from '../../../../worker/services/datasets/cells.ts'

describe('typeOf', () => {
  it.each([
    ['', undefined],
    ['  ', undefined],
    ['0', 'integer'],
    ['-12', 'integer'],
    [' 7 ', 'integer'],
    ['9007199254740991', 'integer'],
    ['9007199254740993', 'text'],
    ['123456789012345678901', 'text'],
    ['007', 'text'],
    ['1.5', 'real'],
    ['.5', 'real'],
    ['1e3', 'real'],
    ['1e999', 'text'],
    ['1,5', 'text'],
    ['NaN', 'text'],
    ['Infinity', 'text'],
    ['0x10', 'text'],
    ['2025-01-01', 'text'],
    ['$5', 'text'],
  ])('takes %j for %s', (cell, type) => {
    expect(typeOf(cell)).toBe(type)
  })
})

describe('cellValue', () => {
  it.each([
    ['12', 'integer', 12],
    [' 1.5', 'real', 1.5],
    ['North', 'text', 'North'],
    ['', 'text', null],
    ['', 'integer', null],
  ] as const)('makes %j of type %s into %j', (cell, type, value) => {
    expect(cellValue(cell, type)).toBe(value)
  })
})
