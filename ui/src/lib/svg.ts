// A diagram the server drew, taken into the page: no script, no address; marks drawn on its elements.
/** text stands on the lower edge, count on the upper right corner; said: for who does not see it */
export interface Mark { id: string; text?: string; count?: string; said?: string; look: string }
const SVG = 'http://www.w3.org/2000/svg'

/** The drawing as an element, or null when it is none. */
export function taken(text: string): SVGSVGElement | null {
  const read = new DOMParser().parseFromString(text, 'image/svg+xml')
  const root = read.documentElement
  if (root.nodeName !== 'svg' || read.querySelector('parsererror')) return null
  for (const bad of root.querySelectorAll('script, foreignObject, a, image, use, style')) bad.remove()
  for (const x of [root, ...root.querySelectorAll('*')]) for (const a of [...x.attributes]) if (/^on|href$/i.test(a.name)) x.removeAttribute(a.name)
  return document.importNode(root, true) as unknown as SVGSVGElement
}

function make(name: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const e = document.createElementNS(SVG, name)
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, String(v))
  if (text !== undefined) e.textContent = text
  return e
}
const shapeOf = (g: Element): SVGGraphicsElement | null => g.querySelector<SVGGraphicsElement>('rect, circle, path')

const wide = (text: string): number => [...text].reduce((n, c) => n + (c.charCodeAt(0) > 0x2000 ? 12 : 7), 0)
function pill(kind: string, text: string, x: number, y: number): SVGElement[] {
  const w = Math.max(20, wide(text) + 12)
  return [make('rect', { class: kind, x: x - w / 2, y: y - 10, width: w, height: 20, rx: 10 }), make('text', { class: `${kind}-text`, x, y: y + 4.5, 'text-anchor': 'middle' }, text)]
}

/** Draws marks over the elements they name; what was drawn before goes. */
export function mark(svg: SVGSVGElement, marks: Mark[]): void {
  svg.querySelectorAll('[data-mark]').forEach((x) => x.remove())
  for (const m of marks) {
    const g = svg.querySelector(`g.node[data-id="${CSS.escape(m.id)}"]`)
    const shape = g && shapeOf(g)
    if (!shape) continue
    const b = shape.getBBox()
    const out = make('g', { 'data-mark': m.id, class: `mark ${m.look}`, 'aria-hidden': 'true' })
    out.append(make('rect', { class: 'over', x: b.x - 3, y: b.y - 3, width: b.width + 6, height: b.height + 6, rx: 9 }))
    if (m.text) out.append(...pill('says', m.text, b.x + b.width / 2, b.y + b.height))
    if (m.count) out.append(...pill('count', m.count, b.x + b.width - 4, b.y))
    svg.append(out)
  }
}

/** What was drawn below the drawing is to be seen as well. */
export function fit(svg: SVGSVGElement): void {
  const b = svg.getBBox()
  const pad = 12
  svg.setAttribute('viewBox', [b.x - pad, b.y - pad, b.width + 2 * pad, b.height + 2 * pad].join(' '))
  svg.setAttribute('width', String(b.width + 2 * pad))
  svg.setAttribute('height', String(b.height + 2 * pad))
  svg.style.width = `calc(${Math.round(b.width + 2 * pad)} * var(--u))` // grows with the screen
}
