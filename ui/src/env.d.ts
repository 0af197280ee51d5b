/// <reference types="vite/client" />
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
// dmn-js brings no types: what is used of it.
declare module 'dmn-js/lib/*' {
  export interface DmnView { id: string; name?: string; type: string; element: import('./lib/dmn').Element }
  export default class Manager {
    constructor(options: { container: HTMLElement } & Record<string, unknown>)
    importXML(xml: string, options?: { open: boolean }): Promise<unknown>
    saveXML(options: { format: boolean }): Promise<{ xml: string }>
    open(view: DmnView): Promise<unknown>
    getViews(): DmnView[]
    getActiveView(): DmnView | undefined
    getActiveViewer(): { get(name: 'canvas'): { zoom(to: string, center: string): void } }
    getDefinitions(): import('./lib/dmn').Definitions
    on(event: string, f: (e: { definitions?: import('./lib/dmn').Definitions; activeView?: DmnView }) => void): void
    destroy(): void
  }
}
