import { expect, it } from 'vitest'
import { instanceState, outcomesOf, stateTone, wholeHistory } from '../src/lib/instance'

it('reads what the server tells of an instance, and misses nothing that is missing', () => {
  expect(instanceState(undefined)).toEqual({ variables: {}, tokens: [], tasks: [], timers: [], messages: [], incidents: [], called: [] })
  const s = instanceState({ variables: { days: 2 }, tokens: [{ node: 'head', state: 'waiting', entered_at: 'x' }], tasks: [{ id: 1, node: 'head', name: '审批', state: 'done', done_by: 'wangju', done_at: '2022-06-17T09:00:00+08:00', outcome: 'pass' }], incidents: [{ id: 3, node: 'a', slug: 's', detail: 'd', times: 2 }], called: [null, { id: 9, process: 'x', state: 'active' }] })
  expect(s.variables).toEqual({ days: 2 })
  expect(s.tokens[0]).toMatchObject({ node: 'head', at: 'x' })
  expect(s.called).toEqual([{ instance: 9, process: 'x', state: 'active', node: '' }])
  expect([...outcomesOf(s.tasks, new Map([['head', { outcomes: { pass: '同意' } }]]))]).toEqual([[1, '同意']])
  expect([...outcomesOf(s.tasks, new Map())]).toEqual([[1, 'pass']])
})

it('tells the whole history: the start and what was done without a word too', () => {
  const base = { by_name: '', on_behalf_of: '', to: '', reason: '', from_node: '', to_node: '' }
  const done = (id: number, at: string) => ({ id, node: `n${id}`, name: '', state: 'done', by: '', role: '', kind: 'main', outcome: '', done_by: 'a', done_at: at })
  const told = wholeHistory([{ ...base, task: 1, at: '2022-06-17T09:05:00+08:00', act: 'complete', by: 'b', reason: '好' }], { started_at: '2022-06-17T09:00:00+08:00', by: 'c', by_name: '丙' }, [done(1, '2022-06-17T09:05:00+08:00'), done(2, '2022-06-17T09:03:00+08:00')])
  expect(told.map((a) => [a.act, a.task, a.by])).toEqual([['start', 0, 'c'], ['complete', 2, 'a'], ['complete', 1, 'b']])
  expect(wholeHistory([], undefined, [])).toEqual([])
})

it('lights', () => {
  expect([stateTone('active'), stateTone('suspended'), stateTone('failed'), stateTone('ended')]).toEqual(['green', 'amber', 'red', 'none'])
})
