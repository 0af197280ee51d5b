// A diagram the server drew, taken into the page: no script, no address; marks drawn on its elements.
export interface Mark { id: string; text?: string[]; count?: string; look: string }
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
    m.text?.forEach((line, i) => out.append(make('text', { class: 'says', x: b.x + b.width / 2, y: b.y + b.height + 18 + i * 15, 'text-anchor': 'middle' }, line)))
    if (m.count) {
      const w = 12 + 8 * m.count.length
      out.append(make('rect', { class: 'count', x: b.x + b.width - w / 2, y: b.y - 11, width: w, height: 20, rx: 10 }))
      out.append(make('text', { class: 'number', x: b.x + b.width, y: b.y + 4, 'text-anchor': 'middle' }, m.count))
    }
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
}
