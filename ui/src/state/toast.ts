// Short acknowledgements, read out to screen readers too.
import { reactive } from 'vue'

export interface Toast { id: number; text: string; tone: 'green' | 'red' }
export const toasts = reactive<Toast[]>([])
let next = 1

export function toast(text: string, tone: Toast['tone'] = 'green'): void {
  const id = next++
  toasts.push({ id, text, tone })
  setTimeout(() => {
    const at = toasts.findIndex((t) => t.id === id)
    if (at >= 0) toasts.splice(at, 1)
  }, tone === 'red' ? 9000 : 5000)
}
