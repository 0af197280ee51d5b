// What our panel offers for an element of a model: which attributes, where they are kept in the file.
export type Kind = 'text' | 'area' | 'feel' | 'number' | 'check' | 'select' | 'role' | 'roles' | 'decision' | 'expression' | 'ref'
export interface Spec {
  key: string
  kind: Kind
  /** what may be chosen; '' is "not said" */
  options?: readonly string[]
  /** of a reference: what it names */
  type?: string
}
export interface Bo {
  $type: string
  id?: string
  name?: string
  $parent?: Bo
  get(key: string): unknown
  set(key: string, value: unknown): void
  $instanceOf?(type: string): boolean
}
export interface Section { title: string; on: Bo; specs: Spec[] }

const spec = (kind: Kind, ...keys: string[]): Spec[] => keys.map((key) => ({ key, kind }))
const choice = (key: string, ...options: string[]): Spec => ({ key, kind: 'select', options: ['', ...options] })

/* ---- the moddle extension: every attribute of ours, on the elements that may carry it ---- */
const ATTRIBUTES: Record<string, string> = {
  'UserTask GlobalUserTask': 'role org assignee candidates head weight nobody starter again copy vote share due fields required outcomes variables form priority stopsClock',
  'ServiceTask': 'operation topic resultVariable priority',
  'BusinessRuleTask GlobalBusinessRuleTask': 'operation decision result resultVariable topic priority',
  'SendTask': 'operation topic resultVariable priority key ttl',
  'ReceiveTask': 'key',
  'ScriptTask GlobalScriptTask': 'resultVariable',
  'CallActivity': 'version key allIn allOut',
  'AdHocSubProcess': 'manual',
  'TimerEventDefinition': 'workingDays workingHours from catchUp',
  'MessageEventDefinition': 'key ttl',
  'ErrorEventDefinition EscalationEventDefinition': 'codeVariable',
  'MultiInstanceLoopCharacteristics': 'collection elementVariable output outputElement vote share',
  'DataObject Property': 'value search ask title',
  'StartEvent': 'starter',
  'Lane': 'role',
  'Process': 'type timeToLive tag starters',
}
interface Descriptor { name: string; extends?: string[]; superClass?: string[]; properties: { name: string; type: string; isAttr: boolean }[] }
const attributes = (names: string): Descriptor['properties'] => names.split(' ').map((name) => ({ name, type: 'String', isAttr: true }))
export const bihuan = {
  name: 'Bihuan', uri: 'https://bihuan.org/bpmn/1', prefix: 'bihuan', xml: { tagAlias: 'lowerCase' },
  types: [
    ...Object.entries(ATTRIBUTES).map(([on, names], i): Descriptor => ({ name: `Of${i}`, extends: on.split(' ').map((x) => `bpmn:${x}`), properties: attributes(names) })),
    ...([['Set', 'field value'], ['Param', 'name value'], ['In', 'name value'], ['Out', 'name value'], ['Variable', 'name title type value search ask']] as const)
      .map(([name, names]): Descriptor => ({ name, superClass: ['Element'], properties: attributes(names) })),
  ],
}

/* ---- what the panel shows ---- */
const WHO: Spec[] = [{ key: 'bihuan:role', kind: 'role' }, ...spec('feel', 'bihuan:head', 'bihuan:assignee', 'bihuan:candidates', 'bihuan:org')]
const EXCEPTIONS: Spec[] = [{ key: 'bihuan:nobody', kind: 'text' }, choice('bihuan:starter', 'self', 'skip', 'head'), choice('bihuan:again', 'ask', 'skip', 'skip-next')]
const TASK: Spec[] = [...spec('feel', 'bihuan:due'), ...spec('text', 'bihuan:outcomes', 'bihuan:variables', 'bihuan:fields', 'bihuan:required'), { key: 'bihuan:stopsClock', kind: 'check' }, ...spec('feel', 'bihuan:copy')]
const VOTE: Spec[] = [choice('bihuan:vote', 'all', 'any', 'ratio', 'weight'), ...spec('number', 'bihuan:share'), ...spec('feel', 'bihuan:weight')]
const OWN: Record<string, Spec[]> = {
  'bpmn:ServiceTask': [choice('bihuan:operation', 'set', 'close', 'notify'), ...spec('text', 'bihuan:topic', 'bihuan:resultVariable')],
  'bpmn:SendTask': [...spec('text', 'bihuan:topic'), { key: 'messageRef', kind: 'ref', type: 'bpmn:Message' }, ...spec('feel', 'bihuan:key'), ...spec('text', 'bihuan:ttl')],
  'bpmn:ReceiveTask': [{ key: 'messageRef', kind: 'ref', type: 'bpmn:Message' }, ...spec('feel', 'bihuan:key'), { key: 'instantiate', kind: 'check' }],
  'bpmn:BusinessRuleTask': [{ key: 'bihuan:decision', kind: 'decision' }, ...spec('text', 'bihuan:result', 'bihuan:resultVariable')],
  'bpmn:ScriptTask': [...spec('area', 'script'), ...spec('text', 'bihuan:resultVariable')],
  'bpmn:CallActivity': [...spec('text', 'calledElement', 'bihuan:version'), ...spec('feel', 'bihuan:key'), { key: 'bihuan:allIn', kind: 'check' }, { key: 'bihuan:allOut', kind: 'check' }],
  'bpmn:AdHocSubProcess': [{ key: 'completionCondition', kind: 'expression' }, { key: 'bihuan:manual', kind: 'check' }],
  'bpmn:ComplexGateway': [{ key: 'activationCondition', kind: 'expression' }],
  'bpmn:SequenceFlow': [{ key: 'conditionExpression', kind: 'expression' }],
  'bpmn:Lane': [{ key: 'bihuan:role', kind: 'role' }],
  'bpmn:BoundaryEvent': [{ key: 'cancelActivity', kind: 'check' }],
}
const LOOP: Spec[] = [...spec('feel', 'bihuan:collection'), ...spec('text', 'bihuan:elementVariable'), { key: 'loopCardinality', kind: 'expression' }, { key: 'completionCondition', kind: 'expression' }, ...VOTE.slice(0, 2), ...spec('text', 'bihuan:output'), ...spec('feel', 'bihuan:outputElement')]
const EVENT: Record<string, Spec[]> = {
  'bpmn:TimerEventDefinition': [...spec('feel', 'bihuan:workingDays', 'bihuan:workingHours'), ...(['timeDuration', 'timeDate', 'timeCycle'] as const).map((key): Spec => ({ key, kind: 'expression' })), choice('bihuan:from', 'due'), choice('bihuan:catchUp', 'once', 'each', 'skip')],
  'bpmn:MessageEventDefinition': [{ key: 'messageRef', kind: 'ref', type: 'bpmn:Message' }, ...spec('feel', 'bihuan:key'), ...spec('text', 'bihuan:ttl')],
  'bpmn:SignalEventDefinition': [{ key: 'signalRef', kind: 'ref', type: 'bpmn:Signal' }],
  'bpmn:ErrorEventDefinition': [{ key: 'errorRef', kind: 'ref', type: 'bpmn:Error' }, ...spec('text', 'bihuan:codeVariable')],
  'bpmn:EscalationEventDefinition': [{ key: 'escalationRef', kind: 'ref', type: 'bpmn:Escalation' }, ...spec('text', 'bihuan:codeVariable')],
  'bpmn:ConditionalEventDefinition': [{ key: 'condition', kind: 'expression' }],
  'bpmn:LinkEventDefinition': spec('text', 'name'),
}
const PROCESS: Spec[] = [{ key: 'bihuan:starters', kind: 'roles' }, ...spec('text', 'bihuan:timeToLive', 'bihuan:tag')]

/** The process an element shows: of the canvas, or of a pool. */
export const processOf = (bo: Bo): Bo | undefined => (bo.$type === 'bpmn:Process' ? bo : (bo.get('processRef') as Bo | undefined))

/** The sections of the panel for an element, apart from its name and id. */
export function sectionsOf(bo: Bo): Section[] {
  const out: Section[] = []
  const add = (title: string, on: Bo, specs: Spec[] | undefined): void => { if (specs?.length) out.push({ title, on, specs }) }
  if (bo.$type === 'bpmn:Process' || bo.$type === 'bpmn:Participant') {
    const p = processOf(bo)
    if (p) add('process', p, PROCESS)
    return out
  }
  if (bo.$type === 'bpmn:UserTask') {
    add('who', bo, WHO)
    add('task', bo, TASK)
    add('exceptions', bo, EXCEPTIONS)
  }
  add('own', bo, OWN[bo.$type])
  for (const e of (bo.get('eventDefinitions') as Bo[] | undefined) ?? []) add('event', e, EVENT[e.$type])
  const loop = bo.get('loopCharacteristics') as Bo | undefined
  if (loop?.$type === 'bpmn:MultiInstanceLoopCharacteristics') add('loop', loop, LOOP)
  if (loop?.$type === 'bpmn:StandardLoopCharacteristics') add('repeat', loop, [{ key: 'loopCondition', kind: 'expression' }, ...spec('number', 'loopMaximum')])
  return out
}

/** What stands there, as text for a field. */
export function readOf(on: Bo, s: Spec): string {
  const v = on.get(s.key)
  if (v === undefined || v === null) return ''
  if (s.kind === 'expression') return String((v as { body?: string }).body ?? '')
  if (s.kind === 'ref') return String((v as { name?: string }).name ?? '')
  return String(v)
}
/** What is written for a text: nothing at all rather than an empty attribute. */
export function plainOf(s: Spec, text: string): string | boolean | number | undefined {
  if (s.kind === 'check') {
    if (s.key === 'cancelActivity') return text !== 'false'
    return text === 'true' ? (s.key.startsWith('bihuan:') ? 'true' : true) : undefined
  }
  if (s.key === 'loopMaximum') return /^\d+$/.test(text.trim()) ? Number(text.trim()) : undefined
  const t = s.kind === 'area' ? text : text.trim()
  return t || undefined
}

/* ---- variables of the process ---- */
export const TYPES = ['string', 'number', 'boolean', 'date', 'dateTime', 'time', 'duration', 'list', 'context'] as const
export interface ModelVariable { name: string; type: string; value: string; ask: boolean; search: boolean; title: string }
export function variablesOf(process: Bo): ModelVariable[] {
  return ((process.get('properties') as Bo[] | undefined) ?? []).map((p) => ({
    name: String(p.get('name') ?? ''), type: String((p.get('itemSubjectRef') as Bo | undefined)?.get('structureRef') ?? ''), value: String(p.get('bihuan:value') ?? ''),
    ask: p.get('bihuan:ask') === 'true', search: p.get('bihuan:search') === 'true', title: String(p.get('bihuan:title') ?? ''),
  }))
}

/* ---- findings ---- */
export interface Flaw { level: string; slug: string; detail: string; hint: string; element: string }
/** The findings of each element; those without one stand apart. */
export function byElement(list: Flaw[]): Map<string, Flaw[]> {
  const out = new Map<string, Flaw[]>()
  for (const f of list) if (f.element) out.set(f.element, [...(out.get(f.element) ?? []), f])
  return out
}

/* ---- what is handed over: set, param, in, out in the extension elements ---- */
export type Handed = 'Set' | 'Param' | 'In' | 'Out'
const HANDS: Record<string, Handed[]> = {
  'bpmn:ServiceTask': ['Set', 'Param', 'In', 'Out'], 'bpmn:BusinessRuleTask': ['Param', 'Set', 'Out'], 'bpmn:SendTask': ['Param', 'In'], 'bpmn:ReceiveTask': ['Out'], 'bpmn:CallActivity': ['In', 'Out'],
  'bpmn:UserTask': ['In', 'Out'], 'bpmn:ScriptTask': ['In', 'Out'], 'bpmn:SubProcess': ['In', 'Out'], 'bpmn:BoundaryEvent': ['Out'], 'bpmn:IntermediateCatchEvent': ['Out'], 'bpmn:IntermediateThrowEvent': ['In'], 'bpmn:StartEvent': ['Out'], 'bpmn:EndEvent': ['In'],
}
export const handsOf = (bo: Bo): Handed[] => HANDS[bo.$type] ?? []
export const nameKey = (kind: Handed): 'field' | 'name' => (kind === 'Set' ? 'field' : 'name')
export const entriesOf = (bo: Bo, kind: Handed): Bo[] =>
  (((bo.get('extensionElements') as Bo | undefined)?.get('values') as Bo[] | undefined) ?? []).filter((x) => x.$type === `bihuan:${kind}`)
