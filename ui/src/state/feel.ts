// What was asked in the FEEL console in this window, and examples to begin with.
import { ref, watch } from 'vue'

export interface Asked { text: string; context: string; shown: string; failed: boolean }
const KEY = 'bihuan.feel'
const MOST = 50

function kept(): Asked[] {
  try {
    const list: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? (list as Asked[]) : []
  } catch {
    return []
  }
}
export const asked = ref<Asked[]>(kept())
watch(asked, (list) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(list))
  } catch {
    // a browser without storage forgets when the page is left
  }
})
/** The newest on top, each expression with its context once. */
export function addAsked(a: Asked): void {
  asked.value = [a, ...asked.value.filter((x) => x.text !== a.text || x.context !== a.context)].slice(0, MOST)
}
export const shortValue = (v: unknown): string => {
  const text = v === null || v === undefined ? 'null' : JSON.stringify(v)
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

export interface Example { name: string; text: string; context: string }
export const examples: Example[] = [
  { name: 'growth', text: '(出口额 - 上年同期) / 上年同期 * 100', context: '{\n  "出口额": 1275.3,\n  "上年同期": 950.2\n}' },
  { name: 'exact', text: '0.1 + 0.2 = 0.3', context: '' },
  { name: 'choice', text: 'if 信用分 >= 90 then "A" else if 信用分 in [60..90) then "B" else "C"', context: '{\n  "信用分": 86\n}' },
  { name: 'filter', text: 'sum(申报[方向 = "出口"].金额)', context: '{\n  "申报": [\n    {"方向": "出口", "金额": 120.5},\n    {"方向": "进口", "金额": 80},\n    {"方向": "出口", "金额": 64.25}\n  ]\n}' },
  { name: 'dates', text: 'date("2026-03-31") + duration("P1M")', context: '' },
  { name: 'loop', text: 'for i in 1..5 return if i = 1 then 1 else i * partial[-1]', context: '' },
]
