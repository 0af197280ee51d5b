// Pinyin initials of a name, for lists that are searched in the browser: 关税等级 → gsdj.
// The order of Chinese characters by sound is the browser's; each bound is the first character of its letter.
const BOUNDS = '阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥仨他屲夕丫帀'
const LETTERS = 'abcdefghjklmnopqrstwxyz'
const order = new Intl.Collator('zh-Hans-CN-u-co-pinyin')

function initial(c: string): string {
  if (/[a-z0-9]/i.test(c)) return c.toLowerCase()
  if (!/[\u4e00-\u9fff]/.test(c)) return ''
  let found = ''
  for (let i = 0; i < LETTERS.length; i++) {
    if (order.compare(c, BOUNDS[i]) < 0) break
    found = LETTERS[i]
  }
  return found
}

export const initialsOf = (text: string): string => Array.from(text, initial).join('')

/** Does a name fit what was typed: a part of it, or of its initials? */
export function nameFits(names: string[], typed: string): boolean {
  const q = typed.trim().toLowerCase()
  return !q || names.some((n) => n.toLowerCase().includes(q) || initialsOf(n).includes(q))
}
