// What dmn-js needs to draw a file of any DMN version, and what is undone when the file is saved.

/** The one version dmn-js reads; 1.4 to 1.6 differ in the namespaces alone for what it draws. */
const READS = { MODEL: 'https://www.omg.org/spec/DMN/20191111/MODEL/', DMNDI: 'https://www.omg.org/spec/DMN/20191111/DMNDI/', FEEL: 'https://www.omg.org/spec/DMN/20191111/FEEL/' }
const ANY = /https?:\/\/www\.omg\.org\/spec\/DMN\/(20180521|20191111|20211108|20230324|20240513)\/(MODEL|DMNDI|FEEL)\//g
type Part = keyof typeof READS
export type Spaces = Partial<Record<Part, string>>

/** The text as dmn-js reads it, and which namespaces it had. */
export function toEditor(xml: string): { xml: string; spaces: Spaces } {
  const spaces: Spaces = {}
  const out = xml.replace(ANY, (whole, _version: string, part: Part) => {
    spaces[part] ??= whole
    return READS[part]
  })
  return { xml: out, spaces }
}

/** The text as it was, with its own namespaces again; parts it did not have follow the model's version. */
export function fromEditor(xml: string, spaces: Spaces): string {
  return xml.replace(ANY, (whole, _version: string, part: Part) => spaces[part] ?? spaces.MODEL?.replace('/MODEL/', `/${part}/`) ?? whole)
}

interface Entry { id?: string; text?: string }
interface Rule { id?: string; description?: string; inputEntry?: Entry[]; outputEntry?: Entry[]; annotationEntry?: Entry[] }
interface Clause { id?: string; inputExpression?: Entry; inputValues?: Entry }
interface ItemDefinition { name?: string; typeRef?: string; allowedValues?: Entry }
export interface Logic { $type?: string; id?: string; rule?: Rule[]; input?: Clause[]; output?: Clause[]; annotation?: { name?: string }[] }
export interface Element { $type?: string; id?: string; name?: string; variable?: { name?: string; typeRef?: string }; decisionLogic?: Logic; encapsulatedLogic?: { id?: string; body?: Logic } }
export interface Definitions { drgElement?: Element[]; itemDefinition?: ItemDefinition[] }

/** Ids may be left out in a file, but what is drawn needs them; annotations are drawn as descriptions. */
export function complete(model: Definitions): void {
  let n = 0
  const name = (x: { id?: string } | undefined): void => {
    if (x && !x.id) x.id = `_bh_${++n}`
  }
  for (const e of model.drgElement ?? []) {
    name(e)
    name(e.encapsulatedLogic)
    for (const logic of [e.decisionLogic, e.encapsulatedLogic?.body]) {
      if (!logic) continue
      name(logic)
      for (const c of logic.input ?? []) { name(c); name(c.inputExpression) }
      for (const c of logic.output ?? []) name(c)
      for (const r of logic.rule ?? []) {
        name(r)
        for (const x of [...(r.inputEntry ?? []), ...(r.outputEntry ?? [])]) name(x)
        const notes = (r.annotationEntry ?? []).map((a) => a.text?.trim() ?? '').filter(Boolean)
        if (!r.description && notes.length) r.description = notes.join(' · ')
      }
    }
  }
}

/** Before saving: what was typed as description of a rule is its annotation, where the table has one. */
export function giveBack(model: Definitions): void {
  for (const e of model.drgElement ?? []) {
    for (const logic of [e.decisionLogic, e.encapsulatedLogic?.body]) {
      for (const r of logic?.rule ?? []) {
        const notes = r.annotationEntry ?? []
        if (!notes.length || !r.description) continue
        const drawn = notes.map((a) => a.text?.trim() ?? '').filter(Boolean).join(' · ')
        if (notes.length === 1 || drawn !== r.description) notes[0].text = r.description
        for (const a of drawn === r.description ? [] : notes.slice(1)) a.text = ''
        delete r.description
      }
    }
  }
}

/** What may be given for each input, as unary tests: by its declared type, else by the table that asks for it. */
export function allowedIn(model: Definitions): Record<string, string> {
  const out: Record<string, string> = {}
  const elements = model.drgElement ?? []
  for (const c of elements.flatMap((e) => e.decisionLogic?.input ?? [])) {
    const name = c.inputExpression?.text?.trim()
    if (name && c.inputValues?.text) out[name] ??= c.inputValues.text.trim()
  }
  for (const e of elements) {
    let type = e.variable?.typeRef
    for (let depth = 0; e.name && type && depth < 8; depth++) {
      const declared: ItemDefinition | undefined = model.itemDefinition?.find((d) => d.name === type)
      if (declared?.allowedValues?.text) { out[e.name] = declared.allowedValues.text.trim(); break }
      type = declared?.typeRef
    }
  }
  return out
}

export type MarkKind = 'matched' | 'overlap' | 'unreachable'
export interface RuleMark { table: string; rule: number; kind: MarkKind; text: string }
const SIGNS: Record<MarkKind, string> = { matched: '●', overlap: '▲', unreachable: '■' }

/** What stands beside each rule of a table: sign and word, the gravest kind first. */
export function rowMarks(marks: RuleMark[], tables: (string | undefined)[]): Map<number, { kinds: string; label: string }> {
  const out = new Map<number, { kinds: string; label: string }>()
  for (const kind of ['matched', 'unreachable', 'overlap'] as MarkKind[]) {
    for (const m of marks) {
      if (m.kind !== kind || !tables.includes(m.table)) continue
      const had = out.get(m.rule)
      if (had?.kinds.split(' ').includes(kind)) continue
      const label = `${SIGNS[kind]} ${m.text}`
      out.set(m.rule, had ? { kinds: `${had.kinds} ${kind}`, label: `${had.label}\n${label}` } : { kinds: kind, label })
    }
  }
  return out
}
