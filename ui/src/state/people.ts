// Names of people of whom an answer gives the code alone; each asked once a window.
import { reactive } from 'vue'
import { people } from '../api/processes'

const names = reactive<Record<string, string>>({})
export function personName(code: string | null | undefined): string {
  if (!code) return ''
  if (!(code in names)) {
    names[code] = code
    people(code).then((list) => { names[code] = list.find((p) => p.by === code)?.by_name || code }, () => undefined)
  }
  return names[code]
}
/** Several codes, by commas. */
export const personNames = (codes: string, between: string): string => codes.split(',').map((c) => personName(c.trim())).filter(Boolean).join(between)
