// One question at a time, answered yes or no.
import { reactive } from 'vue'

export const question = reactive<{ title: string; text: string; yes: string; danger: boolean; answer: ((ok: boolean) => void) | null }>({
  title: '', text: '', yes: '', danger: false, answer: null,
})
export function confirm(title: string, text: string, yes: string, danger = false): Promise<boolean> {
  return new Promise((resolve) => {
    Object.assign(question, { title, text, yes, danger, answer: resolve })
  })
}
export function reply(ok: boolean): void {
  question.answer?.(ok)
  question.answer = null
}
