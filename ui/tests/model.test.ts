import { expect, it } from 'vitest'
import { bihuan, byElement, plainOf, readOf, sectionsOf, variablesOf, type Bo, type Spec } from '../src/lib/model'

const bo = ($type: string, values: Record<string, unknown> = {}): Bo => ({ $type, ...values, get: (k: string) => values[k], set: () => undefined })
const s = (key: string, kind: Spec['kind']): Spec => ({ key, kind })

it('offers for each element what it can carry', () => {
  const titles = (x: Bo): string[] => sectionsOf(x).map((y) => y.title)
  expect(titles(bo('bpmn:UserTask'))).toEqual(['who', 'task', 'exceptions'])
  expect(titles(bo('bpmn:UserTask', { loopCharacteristics: bo('bpmn:MultiInstanceLoopCharacteristics') }))).toEqual(['who', 'task', 'exceptions', 'loop'])
  expect(titles(bo('bpmn:BoundaryEvent', { eventDefinitions: [bo('bpmn:TimerEventDefinition')] }))).toEqual(['own', 'event'])
  expect(titles(bo('bpmn:Participant', { processRef: bo('bpmn:Process') }))).toEqual(['process'])
  expect(titles(bo('bpmn:ParallelGateway'))).toEqual([])
  const known = new Set(bihuan.types.flatMap((t) => t.properties.map((p) => `bihuan:${p.name}`)))
  for (const type of ['UserTask', 'ServiceTask', 'BusinessRuleTask', 'CallActivity', 'ReceiveTask']) {
    for (const x of sectionsOf(bo(`bpmn:${type}`)).flatMap((y) => y.specs)) if (x.key.startsWith('bihuan:')) expect(known.has(x.key), x.key).toBe(true)
  }
})

it('reads and writes attributes, expressions and references; nothing rather than an empty one', () => {
  expect(readOf(bo('x', { 'bihuan:due': '2' }), s('bihuan:due', 'feel'))).toBe('2')
  expect(readOf(bo('x'), s('bihuan:due', 'feel'))).toBe('')
  expect(readOf(bo('x', { conditionExpression: { body: 'days > 3' } }), s('conditionExpression', 'expression'))).toBe('days > 3')
  expect(readOf(bo('x', { messageRef: { name: 'm' } }), s('messageRef', 'ref'))).toBe('m')
  expect([plainOf(s('a', 'text'), '  '), plainOf(s('a', 'text'), ' b '), plainOf(s('bihuan:stopsClock', 'check'), 'true'), plainOf(s('bihuan:stopsClock', 'check'), 'false'), plainOf(s('cancelActivity', 'check'), 'false'), plainOf(s('instantiate', 'check'), 'true'), plainOf(s('loopMaximum', 'number'), '3')]).toEqual([undefined, 'b', 'true', undefined, false, true, 3])
})

it('lists variables and gathers findings by element', () => {
  const p = bo('bpmn:Process', { properties: [bo('bpmn:Property', { name: 'days', itemSubjectRef: bo('bpmn:ItemDefinition', { structureRef: 'number' }), 'bihuan:ask': 'true', 'bihuan:title': '天数' })] })
  expect(variablesOf(p)).toEqual([{ name: 'days', type: 'number', value: '', ask: true, search: false, title: '天数' }])
  const f = (element: string) => ({ level: 'error', slug: 'x', detail: 'd', hint: '', element })
  expect([...byElement([f('a'), f(''), f('a')]).entries()].map(([k, v]) => [k, v.length])).toEqual([['a', 2]])
})
