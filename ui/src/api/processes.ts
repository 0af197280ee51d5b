// Processes, their instances and what is done with tasks: short names for their shapes and calls.
import { api } from './client'
import type { components } from './schema'

type S = components['schemas']
export type Process = S['Process']
export type ProcessVersion = S['ProcessVersion']
export type Finding = S['ProcessFinding']
export type Published = S['Published']
export type Migrated = S['Migrated']
export type Heat = S['Heat']
export type InstanceLine = S['InstanceLine']
export type InstancePage = S['InstancePage']
export type Incident = S['Incident']
export type TaskPage = S['TaskPage']
export type TaskAction = S['TaskAction']
export type TaskPerson = S['TaskPerson']
export type NextStep = S['NextStep']
export type Variable = S['FormVariable'] & { title?: string }
export type Person = S['Person']
export type Agent = S['Agent']

export const processPath = (name: string): string => `/processes/${encodeURIComponent(name)}`

export const processes = (signal?: AbortSignal): Promise<Process[]> => api.get('/processes', { signal })
export const taskPage = (id: number, signal?: AbortSignal): Promise<TaskPage> => api.get('/tasks/{id}', { path: { id }, signal })
export interface ActBody { act: string; to?: string; node?: string; reason?: string; text?: string; come_back?: boolean; weight?: number }
export const actOn = (id: number, body: ActBody): Promise<S['Task']> => api.post('/tasks/{id}/act', body, { path: { id } })
export const nextOf = (id: number, body: { fields?: Record<string, unknown>; variables?: Record<string, unknown>; outcome?: string }, signal?: AbortSignal): Promise<NextStep[]> =>
  api.post('/tasks/{id}/next', body, { path: { id }, signal })

export const instancePage = (id: number, signal?: AbortSignal): Promise<InstancePage> => api.get('/instances/{id}', { path: { id }, signal })
export interface Asked { process?: string; version?: string; state?: string; key?: string; element?: string; variable?: string; value?: string; incident?: 1; mine?: 1; after?: number }
export const instances = (query: Asked, signal?: AbortSignal): Promise<InstanceLine[]> => api.get('/instances', { query: { ...query }, signal })
export interface InstanceAct { act: string; reason: string; element?: string; anew?: boolean; cancel?: string[]; start?: string[]; variables?: Record<string, unknown> }
export const actOnInstance = (id: number, body: InstanceAct): Promise<S['Started']> => api.post('/instances/{id}/act', body, { path: { id } })

export const versionsOf = (name: string, signal?: AbortSignal): Promise<ProcessVersion[]> => api.get('/processes/{name}/versions', { path: { name }, signal })
export const xmlOf = (name: string, version?: string, signal?: AbortSignal): Promise<S['ProcessXml']> =>
  api.get('/processes/{name}/xml', { path: { name }, query: { version }, signal })
export const heatOf = (name: string, version?: string, signal?: AbortSignal): Promise<Heat> =>
  api.get('/processes/{name}/heat', { path: { name }, query: { version }, signal })
export const checked = (process: string, xml: string, signal?: AbortSignal): Promise<Published> =>
  api.post('/processes/{process}/publish', { xml, check: true }, { path: { process }, signal })
export const publish = (process: string, xml: string, reason: string): Promise<Published> =>
  api.post('/processes/{process}/publish', { xml, reason }, { path: { process } })

/** People by a part of the name or its pinyin initials. */
export const people = (q: string): Promise<Person[]> => api.get('/people', { query: { q } })
