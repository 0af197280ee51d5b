// Names of the elements of process versions, asked once a window: a version never changes.
import { processes, xmlOf } from '../api/processes'
import { elementsOf, type ModelElement } from '../lib/process'

const known = new Map<string, Promise<Map<string, ModelElement>>>()
export function modelOf(process: string, version?: string): Promise<Map<string, ModelElement>> {
  const key = `${process} ${version ?? ''}`
  let found = known.get(key)
  if (!found || !version) {
    found = xmlOf(process, version).then((x) => elementsOf(x.xml)).catch(() => { known.delete(key); return new Map<string, ModelElement>() })
    known.set(key, found)
  }
  return found
}
export const namesFor = async (process: string, version?: string): Promise<Map<string, string>> =>
  new Map([...(await modelOf(process, version)).values()].map((e) => [e.id, e.name]))

let started: Promise<Record<string, Record<string, string>>> | null = null
/** What the variables of a process are called in its form, by name. */
export function titlesFor(process: string): Promise<Record<string, string>> {
  started ??= processes().then((list) => Object.fromEntries(list.map((p) => [p.name, Object.fromEntries(p.variables.map((v) => [v.name, v.title]))])))
  return started.then((all) => all[process] ?? {}, () => { started = null; return {} })
}
