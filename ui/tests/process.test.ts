import { expect, it } from 'vitest'
import { actReady, elementsOf, takesAway, fieldOf, fromLines, heatMarks, isStep, mapOf, mappingOf, menuOf, readDraft, sentOf, shownValue, spell, startOf, writeDraft } from '../src/lib/process'

it('makes fields of variables and sends what they hold', () => {
  const list = [
    { name: 'days', type: 'number', value: 2 }, { name: 'from', type: 'date', value: '2022-06-20' }, { name: 'ok', type: 'boolean', value: null },
    { name: 'signers', type: 'list', value: ['a', 'b'] }, { name: 'reason', type: 'string', value: null, title: '事由' },
  ]
  expect(list.map((v) => fieldOf(v, true).kind)).toEqual(['number', 'date', 'boolean', 'text', 'text'])
  expect(fieldOf(list[4], false)).toMatchObject({ title: { zh: '事由', en: '事由' }, multiline: true, required: false })
  expect(startOf(list)).toMatchObject({ days: 2, signers: 'a\nb', reason: null })
  expect(sentOf(list, { days: '3.5', from: '2022-06-21', ok: true, signers: '甲、乙\n丙', reason: '' })).toEqual({ days: 3.5, from: '2022-06-21', ok: true, signers: ['甲', '乙', '丙'], reason: null })
  expect(sentOf(list, {})).toEqual({})
  expect(fromLines('')).toEqual([])
  expect([shownValue(null, '是', '否'), shownValue(true, '是', '否'), shownValue(['a', 1], '是', '否')]).toEqual(['—', '是', 'a、1'])
})

it('keeps drafts, and is not upset by what is none', () => {
  const d = { values: { days: '3' }, comment: '稍后' }
  expect(readDraft(writeDraft(d))).toEqual(d)
  expect([readDraft(''), readDraft('{'), readDraft('[]'), readDraft('{"x":1}')]).toEqual([null, null, null, null])
})

it('knows what an act needs', () => {
  expect(menuOf(['draft', 'urge', 'return', 'strange'])).toEqual(['return', 'urge'])
  expect(actReady('return', [], 'a', '缺材料')).toBe(true)
  expect(actReady('return', [], 'a', ' ')).toBe(false)
  expect(actReady('return', [], '', '缺材料')).toBe(false)
  expect(actReady('copy', [], '', '')).toBe(false)
  expect(actReady('copy', ['x'], '', '')).toBe(true)
  expect(actReady('strange', ['x'], '', 'y')).toBe(false)
  expect([takesAway('delegate'), takesAway('copy')]).toEqual([true, false])
})

it('spells durations and finds the slow step', () => {
  expect([spell(0, 'zh'), spell(5e6, 'zh'), spell(90e6, 'en'), spell(3.6e9 * 5.5, 'zh'), spell(86.4e9 * 12, 'en')]).toEqual(['不到 1 秒', '5 秒', '1.5 min', '5.5 小时', '12 days'])
  const e = (id: string, p95_us: number, active: number) => ({ id, active, done: 1, cancelled: 0, overdue: 0, incidents: 0, p50_us: p95_us / 2, p95_us })
  const marks = heatMarks([e('a', 86.4e9, 0), e('b', 3.6e9, 4), e('flow', 9e12, 9)], (id) => id !== 'flow')
  expect(marks.map((m) => [m.id, m.level, m.slow, m.heap])).toEqual([['a', 3, true, false], ['b', 0, false, true]])
  expect(heatMarks([e('a', 0, 0)], () => true)[0]).toMatchObject({ level: 0, slow: false, heap: false })
})

it('names elements of a file and proposes where instances go', () => {
  const old = elementsOf('<bpmn:process id="p" name="请假"><bpmn:userTask id="head" name="审批 &amp; 签字" x="1"><bpmn:incoming>f</bpmn:incoming></bpmn:userTask><task id="gone" name="备案"/><bpmn:sequenceFlow id="f"/><bpmn:textAnnotation id="t"/></bpmn:process>')
  expect([...old.keys()]).toEqual(['p', 'head', 'gone', 'f'])
  expect(old.get('head')).toEqual({ id: 'head', name: '审批 & 签字', kind: 'userTask' })
  expect([isStep(old.get('head')), isStep(old.get('f')), isStep(undefined)]).toEqual([true, false, false])
  const now = elementsOf('<userTask id="head" name="批"/><task id="kept" name="备案"/>')
  const map = mappingOf(old, now)
  expect(map.map((m) => [m.from.id, m.to, m.same])).toEqual([['head', 'head', true], ['gone', 'kept', false]])
  expect(mapOf(map)).toEqual({ gone: 'kept' })
})
