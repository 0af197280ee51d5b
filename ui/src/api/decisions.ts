// Decisions and FEEL: short names for their shapes; numbers keep all their digits.
import { parseExact } from '../lib/inputs'
import { api } from './client'
import type { components } from './schema'

type S = components['schemas']
export type DecisionInput = S['DecisionInput']
export type DecisionHead = S['DecisionLine']
export type DecisionFull = S['Decision']
export type Finding = S['DecisionFinding']
export type Match = S['DecisionMatch']
export type Warning = S['DecisionWarning']
export type Decided = S['DecisionAnswer']
export type Evaluated = S['FeelAnswer']
export type FeelFault = Pick<S['Fault'], 'detail' | 'hint' | 'position'>
export type Kept = S['DecisionMade']

/** The page of a decision. */
export const decisionPath = (app: string, name: string): string => `/decisions/${encodeURIComponent(app)}/${encodeURIComponent(name)}`

export const decisions = (signal?: AbortSignal): Promise<DecisionHead[]> => api.get('/decisions', { signal })
export const decision = (app: string, name: string, signal?: AbortSignal): Promise<DecisionFull> =>
  api.get('/decisions/{app}/{name}', { path: { app, name }, signal })
export const decide = (app: string, name: string, inputs: Record<string, unknown>, signal?: AbortSignal): Promise<Decided> =>
  api.post('/decisions/{app}/{name}', { inputs }, { path: { app, name }, signal, parse: parseExact })
export const evaluate = (expression: string, context: Record<string, unknown>, signal?: AbortSignal): Promise<Evaluated> =>
  api.post('/feel', { expression, context }, { signal, parse: parseExact })
export const keptOf = (type: string, id: number, signal?: AbortSignal): Promise<Kept[]> =>
  api.get('/records/{type}/{id}/decisions', { path: { type, id }, signal, parse: parseExact })
