import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BUILTINS } from '../src/lib/builtins'
import { allowedIn, complete, fromEditor, giveBack, rowMarks, toEditor, type Definitions } from '../src/lib/dmn'
import { accept, callAt, offersAt, offsetOf, pieces, spanAt } from '../src/lib/feel'
import { initialsOf, nameFits } from '../src/lib/initials'
import { choicesFor, choicesOf, Exact, kindOf, parseExact, toSent } from '../src/lib/inputs'

describe('pinyin initials in the browser', () => {
  it('are those of each character', () => {
    expect(initialsOf('关税等级')).toBe('gsdj')
    expect(initialsOf('AEO 企业认定')).toBe('aeoqyrd')
  })
  it('find by a part of the name or its initials', () => {
    expect(nameFits(['企业信用等级', 'credit class'], 'xydj')).toBe(true)
    expect(nameFits(['企业信用等级', 'credit class'], 'Credit')).toBe(true)
    expect(nameFits(['企业信用等级'], 'zzz')).toBe(false)
    expect(nameFits(['企业信用等级'], ' ')).toBe(true)
  })
})

describe('a DMN file for the editor', () => {
  const xml = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20230324/DMNDI/"/>'
  it('is read as 1.3 and saved as it was', () => {
    const e = toEditor(xml)
    expect(e.xml).toContain('20191111/MODEL/')
    expect(e.xml).not.toContain('20230324')
    expect(fromEditor(e.xml, e.spaces)).toBe(xml)
  })
  it('1.2 writes http, and gets it back', () => {
    const old = '<d xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/"/>'
    const e = toEditor(old)
    expect(fromEditor(e.xml, e.spaces)).toBe(old)
    expect(fromEditor('<d xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"/>', e.spaces)).toContain('http://www.omg.org/spec/DMN/20180521/DMNDI/')
  })
  const model = (): Definitions => ({
    drgElement: [{ name: 'Rate', id: 'r', decisionLogic: { input: [{ inputExpression: {} }], output: [{}], rule: [{ id: 'one', inputEntry: [{}], outputEntry: [{}], annotationEntry: [{ text: '第十条' }] }, { inputEntry: [{}] }] } }],
  })
  it('gets the ids it lacks, and annotations where they are drawn', () => {
    const m = model()
    complete(m)
    const logic = m.drgElement![0].decisionLogic!
    const ids = [logic.id, logic.input![0].id, logic.input![0].inputExpression!.id, logic.output![0].id, ...logic.rule!.map((r) => r.id), logic.rule![0].inputEntry![0].id]
    expect(ids.every(Boolean)).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
    expect(logic.rule![0].id).toBe('one')
    expect(logic.rule![0].description).toBe('第十条')
  })
  it('gives the annotation back when it is saved', () => {
    const m = model()
    complete(m)
    m.drgElement![0].decisionLogic!.rule![0].description = '第十一条'
    giveBack(m)
    expect(m.drgElement![0].decisionLogic!.rule![0]).toMatchObject({ annotationEntry: [{ text: '第十一条' }] })
    expect(m.drgElement![0].decisionLogic!.rule![0].description).toBeUndefined()
  })
  it('says what may be given, by type or by table', () => {
    expect(allowedIn({
      itemDefinition: [{ name: 'tKind', typeRef: 'tBase' }, { name: 'tBase', typeRef: 'string', allowedValues: { text: ' "a","b" ' } }, { name: 'tLoop', typeRef: 'tLoop' }],
      drgElement: [{ name: '种类', variable: { typeRef: 'tKind' } }, { name: 'Loop', variable: { typeRef: 'tLoop' } }, { name: 'D', decisionLogic: { input: [{ inputExpression: { text: '分数' }, inputValues: { text: '[0..100]' } }] } }],
    })).toEqual({ 种类: '"a","b"', 分数: '[0..100]' })
  })
  it('marks rows by sign and word, once each', () => {
    const marks = rowMarks([
      { table: 't', rule: 2, kind: 'overlap', text: '重叠' }, { table: 't', rule: 2, kind: 'overlap', text: '重叠' },
      { table: 't', rule: 2, kind: 'matched', text: '命中' }, { table: 'other', rule: 1, kind: 'matched', text: '命中' },
    ], ['t', undefined])
    expect([...marks]).toEqual([[2, { kinds: 'matched overlap', label: '● 命中\n▲ 重叠' }]])
  })
})

describe('inputs of a decision', () => {
  it('get a field by their type', () => {
    expect([kindOf('number'), kindOf('date and time'), kindOf('tApplicant'), kindOf(undefined)]).toEqual(['number', 'moment', 'json', 'json'])
  })
  it('offer what is allowed, when it is a list of values', () => {
    expect(choicesOf('"甲", "乙,丙"').map((c) => c.value)).toEqual(['甲', '乙,丙'])
    expect(choicesOf('1, 2.5').map((c) => c.value)).toEqual([1, 2.5])
    expect(choicesOf(['a', 'b']).map((c) => c.label)).toEqual(['a', 'b'])
    expect(choicesOf('[0..100]')).toEqual([])
    expect(choicesOf('"a", > 3')).toEqual([])
    expect(choicesOf(undefined)).toEqual([])
    expect(choicesFor({ type: 'string', allowed: '"a", "b"', values: ['a', 'b'] }, '"c"').map((c) => c.value)).toEqual(['a', 'b'])
    expect(choicesFor({ type: 'number', allowed: '[0..9]' }, '1, 2')).toEqual([])
    expect(choicesFor({ type: 'string' }, '"c"').map((c) => c.value)).toEqual(['c'])
    expect(choicesFor({ type: 'list<string>', allowed: '"a"', values: ['a'] }, undefined)).toEqual([])
  })
  it('become what the server expects, or are refused', () => {
    expect(toSent('number', ' 1,200.5 ')).toEqual({ ok: true, value: 1200.5 })
    expect(toSent('number', '−3')).toEqual({ ok: true, value: -3 })
    expect(toSent('number', '12a')).toEqual({ ok: false })
    expect(toSent('number', '')).toEqual({ ok: true, value: null })
    expect(toSent('boolean', 'false')).toEqual({ ok: true, value: false })
    expect(toSent('date', '2026-1-2')).toEqual({ ok: false })
    expect(toSent('time', '08:30')).toEqual({ ok: true, value: '08:30:00' })
    expect(toSent('duration', 'P1Y2M')).toEqual({ ok: true, value: 'P1Y2M' })
    expect(toSent('duration', '2 days')).toEqual({ ok: false })
    expect(toSent('json', '{"a": [1]}')).toEqual({ ok: true, value: { a: [1] } })
    expect(toSent('json', '{a')).toEqual({ ok: false })
  })
  it('parses ordinary numbers as numbers', () => {
    expect(parseExact('{"a": 1.50, "b": [0.1]}')).toEqual({ a: 1.5, b: [0.1] })
    expect(String(new Exact('0.3333333333333333333333333333333333'))).toBe('0.3333333333333333333333333333333333')
  })
})

describe('writing FEEL', () => {
  const context = { 'Monthly income': 12000, applicant: { age: 20, 'home address': { city: '金华' } }, 出口额: 1, rows: [{ weight: 3 }] }
  const texts = (s: string, asked = false): string[] => offersAt(s, s.length, context, asked).list.map((o) => o.text)
  it('offers names of the context first, then builtins and keywords', () => {
    expect(texts('Mo')[0]).toBe('Monthly income')
    expect(texts('1 + 出')).toEqual(['出口额'])
    expect(texts('sub')).toContain('substring before')
    expect(texts('if true th')).toContain('then')
  })
  it('goes on in a name with blanks', () => {
    const o = offersAt('2 * monthly in', 14, context)
    expect(o).toMatchObject({ from: 4, list: [{ text: 'Monthly income' }] })
    expect(accept('2 * monthly in', 14, o.from, o.list[0])).toEqual({ text: '2 * Monthly income', caret: 18 })
    expect(texts('date and ')).toContain('date and time')
  })
  it('knows what comes after a dot', () => {
    expect(texts('applicant.')).toEqual(['age', 'home address'])
    expect(texts('1 + applicant.home address.c')).toEqual(['city'])
    expect(texts('rows.')).toEqual(['weight'])
    expect(texts('nothing.')).toEqual([])
    expect(texts('1.')).toEqual([])
    expect(texts('[1..')).toEqual([])
  })
  it('is silent in strings, comments, and where nothing is typed, unless asked', () => {
    expect(texts('"mo')).toEqual([])
    expect(texts('1 // mo')).toEqual([])
    expect(texts('1 + ')).toEqual([])
    expect(texts('1 + ', true)[0]).toBe('Monthly income')
    expect(texts('null')).toEqual([])
  })
  it('knows the call the caret stands in', () => {
    expect(callAt('substring("a,(b", 2', 19)).toMatchObject({ builtin: { name: 'substring' }, argument: 1 })
    expect(callAt('1 + string length(', 18)).toMatchObject({ builtin: { name: 'string length' }, argument: 0 })
    expect(callAt('sum([1, 2], max(3, 4), ', 23)).toMatchObject({ builtin: { name: 'sum' }, argument: 2 })
    expect(callAt('(1 + 2', 6)).toBeNull()
  })
  it('offers every builtin the engine has, and no other', () => {
    const def = readFileSync(join(__dirname, '../../src/feel/builtin/builtin.def'), 'utf8')
    const names = [...new Set([...def.matchAll(/^(?:BUILTIN|IMPURE)\("([^"]+)"/gm)].map((m) => m[1]))].sort()
    expect(BUILTINS.map((b) => b.name).sort()).toEqual(names)
    const params = [...def.matchAll(/^(?:BUILTIN|IMPURE)\("([^"]+)", "[^"]*", "([^"]*)"/gm)].map((m) => `${m[1]}(${m[2]})`)
    const offered = BUILTINS.flatMap((b) => b.forms.map((f) => `${b.name}(${f.replace(/[?…]/g, '').replace(/, /g, ',')})`))
    expect([...new Set(offered)].sort()).toEqual([...new Set(params)].sort())
  })
})

describe('where a fault is', () => {
  it('counts lines and characters, not units', () => {
    expect(offsetOf('ab\ncd', { line: 2, column: 2 })).toBe(4)
    expect(offsetOf('"😀" + x', { line: 1, column: 7 })).toBe(7)
    expect(offsetOf('a', { line: 9, column: 9 })).toBe(1)
  })
  it('underlines the word there; at the end, the sign before', () => {
    expect(spanAt('1 + 出口额x', { line: 1, column: 5 })).toEqual({ from: 4, to: 8 })
    expect(spanAt('1 +', { line: 1, column: 4 })).toEqual({ from: 2, to: 3 })
    expect(spanAt('', { line: 1, column: 1 })).toEqual({ from: 0, to: 0 })
    expect(pieces('1 + xy', [{ from: 4, to: 6 }])).toEqual([{ text: '1 + ', bad: false }, { text: 'xy', bad: true }])
    expect(pieces('', [])).toEqual([])
  })
})
